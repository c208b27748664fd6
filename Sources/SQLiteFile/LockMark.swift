/// The state in the lock file: whether a holder is active, and the boot id of its writer.
///
/// One line of fixed length: `dirty ` or `clean `, the boot id, a newline. It is written dirty when the lock is
/// taken, and clean before it is released. So a dirty mark shows that a holder was killed, and another boot id that
/// the machine was rebooted, perhaps by a power loss. It is never synced: after a power loss the boot id differs,
/// whichever of the two states had reached the disk.
struct LockMark: Hashable, Sendable {
    static let bootIDLength = 36
    static let length = 6 + bootIDLength + 1
    private static let unknownBoot = String(repeating: "?", count: bootIDLength)

    let isClean: Bool
    let bootID: String

    /// The mark with the current boot id.
    init(isClean: Bool, bootID: String? = BootID.current) {
        self.isClean = isClean
        self.bootID = bootID ?? Self.unknownBoot
    }

    /// Parses a mark; `nil` for anything else.
    init?(_ bytes: [UInt8]) {
        guard bytes.count == Self.length, bytes.last == UInt8(ascii: "\n") else { return nil }
        switch bytes.prefix(6) {
        case Self.word(isClean: true)[...]: isClean = true
        case Self.word(isClean: false)[...]: isClean = false
        default: return nil
        }
        bootID = String(decoding: bytes[6..<6 + Self.bootIDLength], as: UTF8.self)
    }

    var bytes: [UInt8] { Self.word(isClean: isClean) + Array(bootID.utf8) + [UInt8(ascii: "\n")] }

    /// Whether the last holder released the lock cleanly since the last boot. An unknown boot id never matches.
    func tellsOfACleanStop(bootID: String? = BootID.current) -> Bool {
        isClean && self.bootID == bootID
    }

    private static func word(isClean: Bool) -> [UInt8] {
        Array((isClean ? "clean " : "dirty ").utf8)
    }
}
