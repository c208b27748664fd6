package import Causality
import Crypto
import NIOCore
import NIOSSL
import Synchronization

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

/// Compares the server's key with the pinned one.
///
/// TLS calls it during the handshake, before the client's last flight, and then has the server prove that it holds
/// the private key; so nothing is sent to an unknown server. Certificate chains, names and dates are ignored.
final class PinCheck: Sendable {
    private enum Finding {
        case right(KeyHash)
        case wrong
    }

    private let pin: Pin
    private let finding = Mutex<Finding?>(nil)

    init(_ pin: Pin) { self.pin = pin }

    /// The hash of the server's key, if it matches the pin.
    var keyHash: KeyHash? {
        finding.withLock { finding in
            if case .right(let keyHash)? = finding { keyHash } else { nil }
        }
    }

    var isWrong: Bool {
        finding.withLock { finding in
            if case .wrong? = finding { true } else { false }
        }
    }

    /// TLS's verification callback.
    func verify(_ certificates: [NIOSSLCertificate]) -> NIOSSLVerificationResult {
        let publicKeyInfo = try? certificates.first?.extractPublicKey().toSPKIBytes()
        let keyHash = publicKeyInfo.map { KeyHash(publicKeyInfo: $0) }
        return finding.withLock { finding in
            guard let keyHash, keyHash.pin == pin else {
                finding = .wrong
                return .failed
            }
            finding = .right(keyHash)
            return .certificateVerified
        }
    }
}
