package import Causality

/// A device id as people type it: a prefix of three characters or more, or all 26.
package struct DevicePrefix: Hashable, Sendable {
    /// The canonical, lower-case form.
    private let text: String

    /// Accepts either case, digits of any script, and Crockford's look-alikes.
    ///
    /// - Throws: ``Failure``: exit 2 for fewer than three characters.
    package init(parsing typed: String) throws(Failure) {
        let typed = TypedText.plain(typed)
        guard typed.utf8.count >= IDPrefix.lengthMin else {
            throw .usage("A device's id needs three characters at least.", next: "btw device")
        }
        text = String(
            typed.lowercased().map { character in
                switch character {
                case "o": "0"
                case "i", "l": "1"
                default: character
                }
            })
    }

    package func matches(_ device: DeviceID) -> Bool { device.description.hasPrefix(text) }

    /// The shortest prefix of an id that distinguishes it from the others.
    package static func shortest(of device: DeviceID, among others: [DeviceID]) -> String {
        let characters = device.description
        let shared =
            others.filter { $0 != device }.map { other in
                zip(characters.utf8, other.description.utf8).prefix { $0 == $1 }.count
            }.max() ?? 0
        return String(characters.prefix(max(shared + 1, IDPrefix.lengthMin)))
    }
}
