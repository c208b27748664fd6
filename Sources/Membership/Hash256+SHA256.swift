public import Causality
import Crypto

extension Hash256 {
    /// SHA-256 of these bytes; pass it as a `HashFunction`.
    ///
    ///     let log = EditLog(space: space.bytes, Hash256.sha256)
    public static func sha256(_ bytes: [UInt8]) -> Hash256 {
        SHA256.hash(data: bytes).withUnsafeBytes { digest in
            guard let hash = Hash256(digest) else { preconditionFailure("SHA-256 has 32 bytes") }
            return hash
        }
    }
}
