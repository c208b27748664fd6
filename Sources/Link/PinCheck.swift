import NIOCore
import NIOSSL
import Synchronization

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
