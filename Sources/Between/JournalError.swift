import Causality
import ReplicaStore
import SQLiteFile

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
        case StoreError.tooManyLines:
            return JournalError(
                .tooManyCopies,
                "This device's database was copied or put back \(CausalityLimits.linesPerDeviceMax) times, and no other "
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
