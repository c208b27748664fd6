package import Causality
import Membership

/// The transcript of a pairing up to the claim, as one side saw it.
///
/// Both sides have the same transcript exactly if they share the secret, use the same server, and mean the same
/// claim. Show ``words`` on both screens, and continue when both people confirm that they are equal: if someone else
/// saw the string and claimed first, they differ.
///
/// The words have 32 bits, and nobody can search for a claim with certain words: the newcomer commits to its claim,
/// with ``PairingClaim/commitment(to:under:serverKeyHash:)``, before it sees the member's nonce, and the member sends
/// the nonce before it sees the claim. So an attacker with the secret and the server's help has one try in 2^32 at
/// each side. This is the commitment of ZRTP (RFC 6189, section 4.4.1.1) and of the short authenticated strings of S.
/// Vaudenay, "Secure Communications over Insecure Channels Based on Short Authenticated Strings", CRYPTO 2005.
package struct PairingTranscript: Hashable, Sendable {
    package static let wordCount = 4

    /// The hash of the whole transcript; it reveals nothing of the secret.
    package let hash: Hash256
    /// Four of 256 plain nouns.
    package let words: [String]

    /// Checks the claim against its commitment, and hashes it exactly as it was sent.
    ///
    /// - Parameters:
    ///   - claim: the result of ``PairingClaim/sealed(under:serverKeyHash:using:)``, or what the server delivered.
    ///   - commitment: what the newcomer sent before the nonce.
    ///   - nonce: the member's reply, drawn for this pairing and used once.
    ///   - secret: the secret of the pairing.
    ///   - serverKeyHash: SHA-256 of the server's public key, as this side saw it.
    /// - Throws: ``SealingError/notOpened`` if the claim is not the committed one.
    package init(
        of claim: [UInt8], committed commitment: Hash256, nonce: [UInt8], under secret: PairingSecret,
        serverKeyHash: [UInt8]
    ) throws(SealingError) {
        let isCommitted =
            commitment == PairingClaim.commitment(to: claim, under: secret, serverKeyHash: serverKeyHash)
        guard isCommitted || !Defence.commitsWords.isUp else { throw .notOpened }
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

/// The words that show a pairing's transcript to people: one word a byte.
///
/// Short nouns that are easily said, heard and told apart: no two begin with the same three letters, and none becomes
/// another by changing, adding or removing one letter. Never change the list: both screens must use the same one,
/// whatever their versions.
package enum PairingWords {
    /// The word of each byte, in alphabetical order.
    package static let all: [String] = [
        "acorn", "album", "almond", "amber", "anchor", "apple", "atlas", "autumn", "avocado", "bagel", "bakery",
        "bamboo", "banana", "barley", "basket", "beach", "beehive", "bell", "berry", "bicycle", "birch", "biscuit",
        "blanket", "blossom", "bonnet", "book", "bottle", "bowl", "bracelet", "bread", "bridge", "broom", "brush",
        "bubble", "butter", "cabin", "camel", "candle", "carpet", "castle", "cedar", "cello", "chair", "cheese",
        "circle", "clover", "coast", "cocoa", "compass", "cookie", "copper", "coral", "cotton", "crayon", "cricket",
        "crown", "cucumber", "cupboard", "curtain", "cushion", "daisy", "dawn", "diamond", "dolphin", "donkey", "dove",
        "dragon", "duck", "echo", "elbow", "elephant", "evening", "feather", "fern", "fiddle", "field", "firefly",
        "flannel", "flute", "forest", "fountain", "fruit", "galaxy", "garden", "ginger", "giraffe", "glove", "goose",
        "grape", "guitar", "hammock", "harvest", "hazel", "hedge", "helmet", "hill", "honey", "horizon", "icicle",
        "igloo", "indigo", "island", "jacket", "jasmine", "jelly", "jewel", "jigsaw", "juice", "jungle", "kayak",
        "kettle", "keyboard", "kitten", "koala", "ladder", "lagoon", "lake", "lamp", "lantern", "lark", "laurel",
        "lavender", "lemon", "leopard", "lettuce", "library", "lilac", "linen", "lizard", "locket", "lotus", "lunch",
        "magnet", "mango", "maple", "marble", "meadow", "melody", "mint", "mirror", "moon", "mosaic", "muffin",
        "museum", "napkin", "nest", "nickel", "noodle", "notebook", "oatmeal", "ocean", "octopus", "olive", "onion",
        "orange", "orbit", "orchard", "otter", "oyster", "paddle", "palace", "pancake", "parade", "pasture", "peanut",
        "pebble", "pelican", "penguin", "pepper", "piano", "picnic", "pigeon", "pillow", "pine", "planet", "plum",
        "pond", "poppy", "postcard", "potato", "prairie", "pumpkin", "puppet", "puzzle", "pyramid", "quilt", "rabbit",
        "raccoon", "radio", "raft", "rainbow", "ribbon", "river", "robin", "rose", "ruby", "saffron", "salmon",
        "sandal", "satchel", "school", "seashell", "shelf", "silver", "snow", "sofa", "song", "sparrow", "spice",
        "spoon", "spring", "squirrel", "stable", "stream", "studio", "sugar", "summer", "sunrise", "swan", "sweater",
        "swing", "teapot", "tent", "thimble", "tiger", "timber", "tomato", "train", "treasure", "trumpet", "tulip",
        "tunnel", "turtle", "twig", "umbrella", "unicorn", "valley", "vanilla", "velvet", "village", "violin", "voyage",
        "waffle", "wagon", "walnut", "water", "whale", "wheat", "whistle", "window", "wood", "yacht", "yarn", "yogurt",
        "zebra", "zipper",
    ]

    static func text(of bytes: some Sequence<UInt8>) -> [String] { bytes.map { all[Int($0)] } }
}
