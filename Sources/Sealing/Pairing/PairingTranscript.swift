package import Causality
import Membership

/// What was said in a pairing up to the claim, as either side saw it.
///
/// Both sides have the same one exactly if they share the secret, speak with one server, and mean
/// the same claim. Show ``words`` on both screens, and go on when both people say that they are the
/// same: who saw the string and claims first makes other words appear.
///
/// They are 32 bits, and nobody can look for a claim with certain words: the newcomer commits itself
/// to its claim, by ``PairingClaim/commitment(to:under:serverKeyHash:)``, before it sees the nonce that
/// the member replies, and the member has replied before it sees the claim. So who has the secret and
/// the server's help too has one try in 2^32 at either of them. This is the commitment of
/// ZRTP (RFC 6189, section 4.4.1.1) and of the short authenticated strings of S. Vaudenay, "Secure
/// Communications over Insecure Channels Based on Short Authenticated Strings", CRYPTO 2005.
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
    ///   - commitment: what the newcomer had said before the nonce was.
    ///   - nonce: what the member replied, drawn for this pairing and said once.
    ///   - secret: the pairing's.
    ///   - serverKeyHash: SHA-256 of the server's public key, as this side saw it.
    /// - Throws: ``SealingError/notOpened`` if it is not the claim that was committed to.
    package init(
        of claim: [UInt8], committed commitment: Hash256, nonce: [UInt8], under secret: PairingSecret,
        serverKeyHash: [UInt8]
    ) throws(SealingError) {
        let isCommitted =
            commitment == PairingClaim.commitment(to: claim, under: secret, serverKeyHash: serverKeyHash)
        guard isCommitted || !Defence.commitsWords.stands else { throw .notOpened }
        var bytes = CanonicalBytes(label: "between pairing transcript 2")
        bytes.append(
            secret.derived(CanonicalBytes(label: "between pairing commit 1"), byteCount: Hash256.byteCount))
        bytes.append(serverKeyHash)
        bytes.append(commitment)
        bytes.append(nonce)
        bytes.append(claim)
        hash = Hash256.sha256(bytes.bytes)
        var info = CanonicalBytes(label: "between pairing words 1")
        info.append(hash)
        words = PairingWords.text(of: secret.derived(info, byteCount: Self.wordCount))
    }
}
