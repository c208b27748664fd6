/// What the holder of the lock writes into the lock file: that it is at work,
/// and in which run of the machine.
///
/// One line, always as long: `dirty ` or `clean `, the boot id, a newline. It is
/// written dirty when the lock is taken, and clean before it is let go. So
/// whoever takes the lock and finds it dirty knows that a holder was killed;
/// whoever finds another boot id knows that the machine was started anew, maybe
/// by a power loss. Neither is synced to the disk: after a power loss the boot
/// id is another one, whichever of the two states had reached the disk.
struct LockMark: Hashable, Sendable {
    static let bootIDLength = 36
    static let length = 6 + bootIDLength + 1
    private static let unknownBoot = String(repeating: "?", count: bootIDLength)

    let isClean: Bool
    let bootID: String

    /// The mark of this run of the machine.
    init(isClean: Bool, bootID: String? = BootID.current) {
        self.isClean = isClean
        self.bootID = bootID ?? Self.unknownBoot
    }

    /// Reads a mark; nil where the bytes are none.
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

    /// Whether the last holder let go in this run of the machine. An unknown boot id is never this run's.
    func tellsOfACleanStop(bootID: String? = BootID.current) -> Bool {
        isClean && self.bootID == bootID
    }

    private static func word(isClean: Bool) -> [UInt8] {
        Array((isClean ? "clean " : "dirty ").utf8)
    }
}
