import Causality
import Membership
import ReplicaStore
import SQLiteFile
import Wire

/// The error of a journal operation: a stable code, a message, and the next step.
///
/// Contains nothing that a person wrote; it may contain paths of the home.
public struct JournalError: Error, CustomStringConvertible {
    /// The kind of error. Others may be added; keep a `default`.
    public struct Code: RawRepresentable, Hashable, Sendable {
        /// The stable name, as `--json` prints it.
        public let rawValue: String

        public init(rawValue: String) { self.rawValue = rawValue }

        /// There is no such entry or edit.
        public static let notFound = Code(rawValue: "not_found")
        /// The entry was forgotten; nothing of it is left.
        public static let forgotten = Code(rawValue: "forgotten")
        /// The entry is here, and nothing of it can be opened on this device yet.
        public static let sealed = Code(rawValue: "sealed")
        /// The kind does not have this field, or not this value.
        public static let badValue = Code(rawValue: "bad_value")
        /// There is nothing to undo.
        public static let nothingToUndo = Code(rawValue: "nothing_to_undo")
        /// The device's keys are missing or damaged: entries can be read, and not be written.
        public static let keys = Code(rawValue: "keys")
        /// An entry or a group of entries is too large for one edit.
        public static let tooLarge = Code(rawValue: "too_large")
        /// The replica is inconsistent.
        public static let damaged = Code(rawValue: "damaged")
        /// Only an owner of the space, or the proven author of the entry, may do that.
        public static let notYours = Code(rawValue: "not_yours")
        /// Another process held the lock until the timeout.
        public static let locked = Code(rawValue: "locked")
        /// The database was copied or restored too often for this device to write to it.
        public static let tooManyCopies = Code(rawValue: "too_many_copies")
        public static let full = Code(rawValue: "full")
        public static let readOnly = Code(rawValue: "read_only")
        public static let newerVersion = Code(rawValue: "newer_version")
        public static let notOurs = Code(rawValue: "not_ours")
        public static let moved = Code(rawValue: "moved")
        /// Other users own the home, or may write to it. Nothing was read or written.
        public static let notPrivate = Code(rawValue: "not_private")
        /// The journal's file is missing, though it existed.
        public static let missing = Code(rawValue: "missing")
        public static let io = Code(rawValue: "io")
        /// Text of a forgotten entry may still be in the WAL, since another process reads there.
        public static let notScrubbed = Code(rawValue: "not_scrubbed")
        /// A string with a typing mistake, or of another format.
        public static let mistyped = Code(rawValue: "mistyped")
        /// The server cannot be reached, and the operation needs it.
        public static let noNetwork = Code(rawValue: "no_network")
        /// The server refused; or another server, or another protocol, answers there.
        public static let refused = Code(rawValue: "refused")
        /// The server withholds edits of others, or claims something without proof. Local data is kept and visible.
        public static let heldBack = Code(rawValue: "held_back")
        /// The user declined, or the words on the two screens differ.
        public static let declined = Code(rawValue: "declined")
    }

    public let code: Code
    /// What happened, and what is safe.
    public let message: String
    /// The next step: mostly a command.
    public let next: String
    /// The underlying error, if there is one.
    public internal(set) var underlying: (any Error)?

    public init(_ code: Code, _ message: String, next: String, underlying: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.next = next
        self.underlying = underlying
    }

    public var description: String { "\(code.rawValue): \(message) \(next)" }
}

extension JournalError {
    static func notFound(_ id: EntryID) -> JournalError {
        JournalError(.notFound, "There is no entry \(id). Nothing was changed.", next: "See what there is: btw list")
    }

    static func forgotten(_ id: EntryID) -> JournalError {
        JournalError(
            .forgotten, "Entry \(id) was forgotten. Nothing of it is left, here or anywhere.",
            next: "See what there is: btw list")
    }

    static func sealed(_ id: EntryID) -> JournalError {
        JournalError(
            .sealed,
            "Entry \(id) is here, but nothing of it can be read on this device yet. It is kept as it is, and nothing was "
                + "changed.", next: "See what is missing: btw status")
    }

    static func notYours(_ id: EntryID) -> JournalError {
        JournalError(
            .notYours,
            "Entry \(id) is not yours to forget: its author or an owner of the journal can. Nothing was changed.",
            next: "Put it into the trash, where everybody can restore it: btw rm \(id)")
    }

    /// Converts an error of the lower layers.
    static func translated(_ error: any Error) -> any Error {
        switch error {
        case let error as SQLiteFileError:
            return JournalError(
                Code(rawValue: error.code.rawValue), error.message, next: error.next, underlying: error)
        case StoreError.forgotten(let id):
            return forgotten(id)
        case StoreError.groupTooLarge, StoreError.editTooLarge:
            return JournalError(
                .tooLarge, "That is more than one entry may hold: 184 KiB of text. Nothing was written.",
                next: "Split it into several notes.", underlying: error)
        case StoreError.tooManyFeeds:
            return JournalError(
                .tooManyCopies,
                "This device's database was copied or put back \(CausalityLimits.feedsPerDeviceMax) times, and no other "
                    + "device takes what it would write under another name. Nothing was written; all that is here can be read.",
                next: "Go on as a new device: on another one btw device add, and here btw --home NEW join STRING",
                underlying: error)
        case let error as StoreError:
            return JournalError(
                .damaged, "The journal's file contradicts itself. Nothing was written, and nothing was deleted.",
                next: "Look closer: btw doctor", underlying: error)
        default:
            return error
        }
    }
}

// MARK: - Devices

extension JournalError {
    /// Adding and removing devices needs a server, and none is configured.
    public static let needsServer = JournalError(
        .noNetwork, "This device is connected to no server, and devices come and go through one. Nothing was changed.",
        next: "Connect first: btw connect STRING")

    /// A device cannot remove itself.
    public static let removesItself = JournalError(
        .badValue,
        "A device cannot remove itself: another one must do it, so that somebody has the new keys. Nothing was changed.",
        next: "On another device: btw device remove ID. To only leave the server: btw disconnect")

    static func unreachableForRecord(_ server: String) -> JournalError {
        JournalError(
            .noNetwork, "\(server) cannot be reached now. No device came or went, and everything is kept here.",
            next: "Try again when it can be reached.")
    }

    static func lostForRecord(_ server: String) -> JournalError {
        JournalError(
            .noNetwork,
            "The connection with \(server) was lost before it answered, so it may have been done or not. Everything is kept here.",
            next: "See who is there: btw sync, then btw device")
    }

    /// - Parameter code: of the protocol, or of the connection.
    static func recordRefused(_ code: String, _ server: String) -> JournalError {
        switch code {
        case ErrorCode.busy.rawValue:
            JournalError(
                .refused,
                "\(server) is changing the devices of this journal just now, or did so a moment ago. No device came or went.",
                next: "Try again in a minute.")
        case ErrorCode.record.rawValue, ErrorCode.rights.rawValue:
            JournalError(
                .refused,
                "The rules of the journal do not allow this: an owner's device must stay, and only an owner "
                    + "changes the devices of others. A person has \(MembershipLimits.devicesPerPersonMax) devices at most. No device came or went.",
                next: "See who is there: btw device")
        case RecordLedger.unproved: unproved(server)
        case RecordLedger.flooded: flooded(server)
        default: refused(code, server)
        }
    }
}

// MARK: - Joining

extension JournalError.Code {
    /// The home has entries, so it cannot simply be set up with another journal.
    public static let hasEntries = Self(rawValue: "has_entries")
    /// Something of the journal is missing here, or cannot be opened.
    public static let incomplete = Self(rawValue: "incomplete")
    /// No join is pending, or there is nothing to join.
    public static let noJoin = Self(rawValue: "no_join")
}

extension JournalError {
    static let hasEntries = JournalError(
        .hasEntries, "There are entries in this home. Nothing was changed.",
        next: "Join again; it then asks whether to bring them along: btw join STRING")

    static let noJoin = JournalError(
        .noJoin, "No join was begun here. Nothing was changed.", next: "To join a journal: btw join STRING")

    static let joinedAlready = JournalError(
        .noJoin, "This home is of that journal already. Nothing was changed.", next: "To exchange: btw sync")

    static let otherKeys = JournalError(
        .keys, "The home has keys of another device than the one that was invited. Nothing was changed.",
        next: "Ask for a new string and join with it: btw join STRING")

    static let notInvited = JournalError(
        .keys, "The journal that was to be joined does not open with this device's keys. Nothing was changed.",
        next: "Ask for a new string and join with it: btw join STRING")

    static let joinedMeanwhile = JournalError(
        .moved, "This home was joined to another journal meanwhile. Nothing is lost.",
        next: "Start again what was running.")

    /// Edits that cannot be rewritten would be lost.
    static func incomplete(_ counts: StoreReader.Counts) -> JournalError? {
        if counts.unopened + counts.missing > 0 {
            return JournalError(
                .incomplete,
                "\(counts.unopened + counts.missing) changes of this home are not here whole, and would be left behind. Nothing was changed.",
                next:
                    "Get them first: btw sync. Or join with an empty home: btw --home DIR join STRING"
            )
        }
        if counts.quarantined > 0 {
            return JournalError(
                .incomplete,
                "\(counts.quarantined) changes of this home are quarantined, and would be left behind. Nothing was changed.",
                next: "Join with an empty home, and import into it what this one exports: "
                    + "btw --home DIR join STRING")
        }
        return nil
    }
}

// MARK: - Pairing

extension JournalError {
    static let expired = JournalError(
        .refused, "Nobody came within ten minutes, and the string is of no use any more. Nothing was changed.",
        next: "For a new one: btw device add")

    static let declined = JournalError(
        .declined, "Stopped: the words were not the same, or you said no. Nothing was let in.",
        next: "If the words differed, somebody else has the string; make a new one: btw device add")

    static let declinedJoining = JournalError(
        .declined, "Stopped: the words were not the same, or you said no. Nothing was changed here.",
        next: "If the other device let this one in: btw device remove, on that one")

    static let noGrant = JournalError(
        .refused, "What came back was made by nobody who has the string. Nothing was changed here.",
        next: "Make a new string on a device that has the journal: btw device add")

    static let noClaim = JournalError(
        .refused,
        "What came in by the string was no device of Between, or not the one that had asked. Nothing was let in, "
            + "and the string is used.",
        next: "For a new one: btw device add")

    /// The new device is in the log, and has received no keys yet.
    static let newcomerGone = JournalError(
        .refused, "The other device hung up before it was let in. Nothing is lost.",
        next:
            "Make a new string, and let it join again: btw device add. If btw device shows it, and it "
            + "does not come back: btw device remove ID")

    static func notWhole(_ server: String) -> JournalError {
        JournalError(
            .refused, "\(server) does not show the space as the other device left it. Nothing was changed here.",
            next: "Let the other device sync, then join again with a new string.")
    }

    static func withheld(_ server: String) -> JournalError {
        JournalError(
            .heldBack, "\(server) does not hold all that the other device has. What came is kept here.",
            next: "Let the other device sync, and then this one: btw sync")
    }

    /// - Parameters:
    ///   - code: the server's error, if any.
    ///   - problem: the network's error, if any.
    static func lost(_ code: ErrorCode?, _ problem: LinkProblem?, _ server: String) -> JournalError {
        switch problem {
        case .wrongPin: return refused("wrong_pin", server)
        case .notBetween: return refused("not_between", server)
        case .unreachable, nil: break
        }
        var error: JournalError
        switch code {
        case nil, .timeout, .stopping, .busy, .failed, .full: error = unreachable(server)
        case .slot: error = usedPairing
        // A server of an earlier version does not know the pairing messages.
        case .unknown: error = refused(ErrorCode.version.rawValue, server)
        case let code?: error = refused(code.rawValue, server)
        }
        error.underlying = code
        return error
    }

    private static func unreachable(_ server: String) -> JournalError {
        JournalError(
            .noNetwork, "\(server) cannot be reached now. Nothing was changed.",
            next: "Try the same again when it can, with a new string if ten minutes are over.")
    }

    private static let usedPairing = JournalError(
        .refused, "The string was used, or has expired, or the other device no longer waits. Nothing was changed.",
        next: "Make a new one on a device that has the journal: btw device add")
}

// MARK: - Recovering

extension JournalError.Code {
    /// The server named a space that the recovery key is not bound to. Nothing was written.
    public static let wrongSpace = Self(rawValue: "wrong_space")
    /// The key is of an earlier version, and not bound to a space. Nothing was written.
    public static let unboundKey = Self(rawValue: "unbound_key")
}

extension JournalError {
    static let unknownKey = JournalError(
        .refused, "The server holds no journal that this key opens. Nothing was changed.",
        next: "Check that it is the server of that journal, and the newest key that was printed.")

    static let mistypedKey = JournalError(
        .mistyped, "That is no recovery key, or a character of it is wrong. Nothing was changed.",
        next: "Type it whole, eight groups of five; spaces and hyphens do not matter.")

    static func wrongSpace(_ server: String) -> JournalError {
        JournalError(
            .wrongSpace,
            "\(server) named a journal that this key does not belong to, where others could read what you write. "
                + "Nothing was written, here or there; your key and your journal are as they were.",
            next: "Ask whoever runs the server why, and write nothing there before you know. Where another server has "
                + "your journal: btw recover STRING KEY")
    }

    static func unboundKey(_ server: String) -> JournalError {
        JournalError(
            .unboundKey,
            "This key is of an earlier version, and does not say which journal it belongs to: \(server) could name "
                + "one of its own, and read what you write. Nothing was written, here or there.",
            next: "On a device that still has the journal: btw recovery new, and then use that key. If none has it, "
                + "and you trust whoever runs the server: btw recover STRING KEY --unbound, with an empty home")
    }

    /// Entries are never written into a space that only the server vouches for.
    static func unboundKeyWithEntries(_ server: String) -> JournalError {
        JournalError(
            .unboundKey,
            "There are entries in this home, and nothing but \(server) says which journal they would be written into: "
                + "the key is of an earlier version. Nothing was written, here or there.",
            next: "Recover into an empty home: btw --home NEW recover STRING KEY --unbound. Or make a key of now on a "
                + "device that has the journal: btw recovery new")
    }

    /// Edits that the server had when the key was made are missing now.
    static func heldBackSinceKey(_ server: String) -> JournalError {
        JournalError(
            .heldBack,
            "\(server) does not show all that it had when this key was made. What came is kept here, and in view.",
            next: "If another device has the journal, sync there, and then here: btw sync. When all is here again: "
                + "btw recovery new")
    }
}

// MARK: - Syncing

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
            next: "Whoever runs the server quarantines these changes by: btwd space settle \(settlement)")
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
