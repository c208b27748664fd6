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
