package import Causality
import Crypto

/// The hash of a server's public key: SHA-256 of its DER SubjectPublicKeyInfo. Devices sign it.
package struct KeyHash: Hashable, Sendable {
    package let hash: Hash256

    package init(_ hash: Hash256) { self.hash = hash }

    /// - Parameter publicKeyInfo: the key's SubjectPublicKeyInfo in DER.
    init(publicKeyInfo: [UInt8]) { hash = sha256(publicKeyInfo) }

    /// 32 bytes.
    package var bytes: [UInt8] { hash.bytes }

    /// The prefix that devices pin.
    package var pin: Pin { Pin(self) }
}

/// The pin by which a device identifies its server: the first 128 bits of the ``KeyHash``.
package struct Pin: Hashable, Sendable {
    package static let byteCount = 16

    package let bytes: [UInt8]

    /// Is `nil` unless there are 16 bytes.
    package init?(_ bytes: [UInt8]) {
        guard bytes.count == Self.byteCount else { return nil }
        self.bytes = bytes
    }

    fileprivate init(_ keyHash: KeyHash) { bytes = Array(keyHash.bytes.prefix(Self.byteCount)) }
}

/// SHA-256, for keys and for the wire's reader.
let sha256: Causality.HashFunction = { bytes in
    SHA256.hash(data: bytes).withUnsafeBytes { digest in
        guard let hash = Hash256(digest) else { preconditionFailure("SHA-256 has 32 bytes") }
        return hash
    }
}
