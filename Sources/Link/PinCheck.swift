import NIOCore
import NIOSSL
import Synchronization

/// Compares the key of the server that answers with the one that was pinned.
///
/// TLS asks it during the handshake, before the client has sent its last flight, and
/// has the server prove afterwards that the key is its own; so nothing of ours is
/// sent to whom it does not know. Chains, names and dates of certificates do not count.
final class PinCheck: Sendable {
    private enum Finding {
        case right(KeyHash)
        case wrong
    }

    private let pin: Pin
    private let finding = Mutex<Finding?>(nil)

    init(_ pin: Pin) { self.pin = pin }

    /// What the server's key hashes to, if that is right.
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

    /// TLS's question: whether it may go on with whom these certificates name.
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
