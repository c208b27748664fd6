import Causality
import Membership
import Wire

extension JournalError {
    static let mistyped = JournalError(
        .mistyped, "That is no string of a Between server, or a character is wrong. Nothing was changed.",
        next: "Copy it whole, from btw1 on; spaces and hyphens do not matter.")

    static func noNetwork(_ server: String) -> JournalError {
        JournalError(
            .noNetwork, "\(server) cannot be reached now. Nothing was changed, and everything is kept here.",
            next: "Try again when it can: btw connect STRING")
    }

    /// The server claims that this device was removed, and shows no record of it.
    static func unproved(_ server: String) -> JournalError {
        JournalError(
            .heldBack,
            "\(server) says that this device was removed from the journal, and shows no record of it. "
                + "Nothing was changed, and everything is kept here.",
            next: "See on another of your devices whether it was: btw device")
    }

    /// The server keeps sending batches that cannot be taken.
    static func flooded(_ server: String) -> JournalError {
        JournalError(
            .heldBack,
            "\(server) sends ever more changes that do not fit this journal, and was not heard to the end. "
                + "No device came or went, and everything is kept here.",
            next: "Try again later; if it stays so, ask whoever runs \(server)")
    }

    /// The server has edits of the journal without their contents.
    static func contentsHeldBack(_ server: String, _ count: Int) -> JournalError {
        JournalError(
            .heldBack,
            "\(server) holds back what \(count) \(count == 1 ? "change says" : "changes say"). All else is here, and is kept.",
            next: "See whether another of your devices has all of it, and sync there; then here: btw sync")
    }

    /// Why the server refused an exchange.
    public static func refusal(_ outcome: Journal.SyncOutcome) -> JournalError {
        guard let settlement = outcome.settlement else { return refused(outcome.refusal ?? "", outcome.server ?? "") }
        return JournalError(
            .refused,
            "\(outcome.server ?? "") holds changes of a removed device that were not there when it was removed. "
                + "Nothing is exchanged until that is settled; everything is kept here.",
            next: "Whoever runs the server sets these changes aside by: btwd space settle \(settlement)")
    }

    /// - Parameter code: of the protocol, or of the connection.
    static func refused(_ code: String, _ server: String) -> JournalError {
        switch code {
        case "wrong_pin":
            JournalError(
                .refused,
                "\(server) shows another key than the string names: it is another server, or somebody is between. Nothing was sent to it.",
                next: "Ask whoever runs the server for a new string.")
        case "not_between":
            JournalError(
                .refused, "What answers at \(server) is no Between server. Nothing was changed.",
                next: "Check the address with whoever gave you the string.")
        case ErrorCode.slot.rawValue:
            JournalError(
                .refused, "The string was used, or has expired. Nothing was changed.",
                next: "Ask for a new one: btwd enroll --data DIR")
        case ErrorCode.removed.rawValue:
            JournalError(
                .refused,
                "This device was removed from the journal by another of your devices. What is here stays here.",
                next:
                    "Take it along: btw export --jsonl > journal.jsonl. To come back, join with a home of its own, "
                    + "and import that: btw --home DIR join STRING")
        case ErrorCode.blocked.rawValue:
            JournalError(
                .refused, "\(server) refuses this device. Everything is kept here.",
                next: "Ask whoever runs the server.")
        case ErrorCode.device.rawValue:
            JournalError(
                .refused, "\(server) does not know this device. Everything is kept here.",
                next: "Connect with a new string: btw connect STRING")
        case ErrorCode.version.rawValue, ErrorCode.update.rawValue:
            JournalError(
                .refused,
                "\(server) and this btw are of versions that do not understand each other. Everything is kept here, and nothing is lost.",
                next: "Update btw or btwd.")
        default:
            JournalError(
                .refused, "\(server) refused: \(code). Everything is kept here.", next: "Try again: btw sync")
        }
    }
}

extension ConnectString {
    /// Parses a string that was typed.
    static func read(_ typed: String) throws -> ConnectString {
        do {
            return try ConnectString(typed: typed, Hash256.sha256)
        } catch .unknownKind {
            throw JournalError(
                .mistyped, "That string was made by a newer version. Nothing was changed.", next: "Update btw.")
        } catch {
            throw JournalError.mistyped
        }
    }
}
