package import Causality
import Membership

/// What was said in a pairing up to the claim, as either side saw it.
///
/// Both sides have the same one exactly if they share the secret, speak with one server, and mean
/// the same claim. Show ``words`` on both screens, and go on when both people say that they are the
/// same: who saw the string and claims first makes other words appear.
///
/// They are 32 bits. To make a claim with the words of another one, somebody needs the secret, the
/// server's help to keep that one back, and some 2^32 tries before the people have compared.
package struct PairingTranscript: Hashable, Sendable {
    package static let wordCount = 4

    /// Stands for the whole; tells nothing of the secret.
    package let hash: Hash256
    /// Four of 256 plain nouns.
    package let words: [String]

    /// Takes the claim as it was sent, every byte of it.
    ///
    /// - Parameters:
    ///   - claim: what ``PairingClaim/sealed(under:serverKeyHash:using:)`` returned, or what the server brought.
    ///   - secret: the pairing's.
    ///   - serverKeyHash: SHA-256 of the server's public key, as this side saw it.
    package init(of claim: [UInt8], under secret: PairingSecret, serverKeyHash: [UInt8]) {
        var bytes = CanonicalBytes(label: "between pairing transcript 1")
        bytes.append(
            secret.derived(CanonicalBytes(label: "between pairing commit 1"), byteCount: Hash256.byteCount))
        bytes.append(serverKeyHash)
        bytes.append(claim)
        hash = Hash256.sha256(bytes.bytes)
        var info = CanonicalBytes(label: "between pairing words 1")
        info.append(hash)
        words = PairingWords.text(of: secret.derived(info, byteCount: Self.wordCount))
    }
}
