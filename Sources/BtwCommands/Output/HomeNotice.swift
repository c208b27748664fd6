import Causality

/// Warnings about a home that is incomplete.
enum HomeNotice {
    static func missing(_ count: Int) -> String {
        "\(count.counting("change", "changes")) that this device wrote \(count == 1 ? "is" : "are") not in this copy of "
            + "the journal: it is older, or it was made without journal.db-wal."
    }

    static func keysAlone(_ home: String) -> String {
        "In \(TerminalEscaping.line(home)) are the keys of a device, and no journal: journal.db is gone, or a join was not finished."
    }

    static let keysOfAnother = "It goes on with the keys that were there; the journal that they were made for is not."

    static func openToOthers(_ file: String) -> String {
        "Others on this machine can read or change \(TerminalEscaping.line(file)), and you may not forbid it: it is not yours, "
            + "or its disk knows no owners."
    }

    static func unboundKeys(_ count: Int) -> String {
        "\(count.counting("recovery key is", "recovery keys are")) of an earlier version, and \(count == 1 ? "does" : "do") "
            + "not say which journal it is: who recovers must trust the server. Make a new one: btw recovery new, and "
            + "take the old one back: btw device remove ID"
    }

    static func alarms(_ count: Int) -> String {
        "\(count.counting("alarm", "alarms")) from syncing. See: btw status"
    }

    static func copies(_ count: Int) -> String {
        "This device's database was copied or put back \(count) times; after \(CausalityLimits.feedsPerDeviceMax) it can "
            + "only be read. Restore less often, or go on as a new device: btw --home NEW join STRING"
    }
}

// MARK: - Counting

extension Int {
    /// The number with its noun: `1 entry`, `2 entries`.
    func counting(_ one: String, _ many: String) -> String { "\(self) \(self == 1 ? one : many)" }
}
