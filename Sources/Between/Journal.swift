public import Causality
import Membership
import Records
import ReplicaStore
import SQLiteFile
import Sealing

/// One person's journal on one device: written and read offline, at once.
///
/// Any number of processes may have one home open; each change is one transaction,
/// on the disk when its call returns. Entries, what they hold and how versions of
/// them become one are ``Records``' matter.
///
/// ```swift
/// let journal = try await Journal.open(at: home)
/// let note = try await journal.add(Note("What stuck with me most"))
/// for try await open in journal.homework.open.values { print(open.count) }
/// ```
public final class Journal: Sendable {
    /// The name of the private space.
    public static let privateSpace = "journal"

    let home: HomeFolder
    let environment: JournalEnvironment
    let store: Replica
    /// The keys of this device and of the private space; why they are missing, where they are.
    let access: Result<JournalAccess, JournalError>
    let commits = CommitSignal()
    /// What happened while it was opened.
    public let opening: Opening

    /// What a person should hear of an opening.
    public struct Opening: Hashable, Sendable {
        /// Whether a journal was begun, since there was none.
        public internal(set) var isNew = false
        /// Whether the keys of a device were there all the same: the journal of before is gone, or a join was cut.
        public internal(set) var hadKeysAlone = false
        /// The files that others on this machine could read or write until now.
        public internal(set) var closedToOthers: [String] = []
        /// The files that others can read or write, and that this user cannot close to them.
        public internal(set) var openToOthers: [String] = []
    }

    init(
        home: HomeFolder, environment: JournalEnvironment, store: Replica,
        access: Result<JournalAccess, JournalError>, opening: Opening
    ) {
        self.home = home
        self.environment = environment
        self.store = store
        self.access = access
        self.opening = opening
    }

    /// Whether there is a journal in a folder.
    public static func exists(at path: String) -> Bool { HomeFolder(path: path).exists }

    /// Whether a folder holds the keys of a device, and the journal that was with them is gone.
    public static func hasKeysAlone(at path: String) -> Bool { HomeFolder(path: path).hasKeysAlone }

    /// Makes sure that nobody else on this machine can put files into a home, before anything is read or written there.
    ///
    /// ``open(at:environment:createIfMissing:)`` does so itself. A folder that is not there yet is as good.
    ///
    /// - Throws: ``JournalError/Code/notPrivate``.
    public static func checkHome(at path: String) throws {
        do { try PrivateFile.checkFolder(path) } catch { throw JournalError.translated(error) }
    }

    /// A path as a shell takes it, for a line that somebody is told to type.
    package static func shellWord(_ path: String) -> String { ShellWord.quoted(path) }

    /// Opens the journal of a home, and founds one where there is none.
    ///
    /// Where the device's keys are missing it opens for reading: see ``keyError``. Files of it that others could read
    /// are closed to them: see ``opening``.
    ///
    /// - Parameters:
    ///   - path: the home's folder; made with mode 0700.
    ///   - environment: where the time comes from.
    ///   - createIfMissing: false for what only looks.
    /// - Throws: ``JournalError``: `locked`, `damaged`, `newerVersion`, `notOurs`, `full`, `readOnly`, `missing`, `io`.
    public static func open(
        at path: String, environment: JournalEnvironment = .system, createIfMissing: Bool = true
    ) async throws -> Journal {
        let home = HomeFolder(path: path)
        let journal: Journal
        do {
            journal = try open(home, environment, createIfMissing)
        } catch {
            throw JournalError.translated(error)
        }
        await journal.takeBackRefused()
        return journal
    }

    private static func open(
        _ home: HomeFolder, _ environment: JournalEnvironment, _ createIfMissing: Bool
    ) throws -> Journal {
        try PrivateFile.checkFolder(home.path)
        var opening = Opening()
        opening.hadKeysAlone = home.hasKeysAlone
        let written = try home.read(home.incarnation, lengthMax: Incarnation.lengthMax)
        let store: Replica
        do {
            store = try Replica(
                home.database, lockFile: home.lock, createIfMissing: createIfMissing && written == nil)
        } catch let error as SQLiteFileError where error.code == .missing {
            throw written.map { JournalError.lost($0, in: home) } ?? JournalError.translated(error)
        }
        if try store.read({ try $0.space(named: privateSpace) }) == nil {
            // Written and gone: to found another one here would hide it.
            if let written {
                try? store.file.close()
                throw JournalError.lost(written, in: home)
            }
            opening.isNew = try store.write { try JournalAccess.found(home, in: $0) }
        }
        (opening.closedToOthers, opening.openToOthers) = home.closeToOthers()
        try finishScrubbing(store)
        let access: Result<JournalAccess, JournalError>
        do {
            access = .success(try store.read { try JournalAccess(home, $0) })
        } catch let error as JournalError where error.code == .keys {
            access = .failure(error)
        }
        // Where it cannot be written now, it is read as it stands, and the next opening tries again.
        if case .success(let access) = access {
            if access.verifiedCount > 0, !store.file.isReadOnly { try? store.write { try access.keepVerified(in: $0) } }
            try? rework(store, access)
        }
        return Journal(home: home, environment: environment, store: store, access: access, opening: opening)
    }

    /// Opens a journal only to look at it, for what happens while somebody types: nothing is made, brought to a newer
    /// form or closed to others, and nobody who writes is waited for.
    ///
    /// - Returns: `nil` where there is no journal.
    /// - Throws: ``JournalError`` as ``open(at:environment:createIfMissing:)``, also for one of an older form.
    package static func openToLook(at path: String) throws -> Journal? {
        let home = HomeFolder(path: path)
        guard home.exists else { return nil }
        do {
            try PrivateFile.checkFolder(home.path)
            let store = try Replica(readOnly: home.database, lockFile: home.lock)
            guard try store.read({ try $0.space(named: privateSpace) }) != nil else {
                try store.file.close()
                return nil
            }
            let access: Result<JournalAccess, JournalError>
            do {
                access = .success(try store.read { try JournalAccess(home, $0) })
            } catch let error as JournalError where error.code == .keys {
                access = .failure(error)
            }
            return Journal(home: home, environment: .system, store: store, access: access, opening: Opening())
        } catch {
            throw JournalError.translated(error)
        }
    }

    /// Works out anew what only the keys can tell of what a version of before left; see ``StoreWriter/reworkFirsts()``.
    private static func rework(_ store: Replica, _ access: JournalAccess) throws {
        guard !store.file.isReadOnly, try store.read({ try $0.setting(reworkSetting) }) == "firsts" else { return }
        try store.write { transaction in
            // What is being downloaded does not open yet, and is worked out when it does.
            if let space = try transaction.reader.space(named: privateSpace) {
                let keyring = access.keyring(try access.standing(transaction.reader, in: space))
                _ = try transaction.write(to: space, keyring) { try $0.reworkFirsts() }
            }
            try transaction.set(reworkSetting, to: "")
        }
    }

    /// What is to be worked out anew, as a migration left it.
    private static let reworkSetting = "rework"

    /// Closes the files. What was written is on the disk already.
    public func close() async throws { try await store.file.close() }

    /// Copies what this process wrote into `journal.db` itself, where that is cheap: a copy of it alone is whole then.
    ///
    /// ``close()`` does so too. What was written is on the disk with or without it.
    public func fold() async { await store.file.fold() }

    /// Whether home or disk may only be read.
    public var isReadOnly: Bool { store.file.isReadOnly }

    /// Why nothing can be written or opened that is sealed; `nil` if it can.
    public var keyError: JournalError? {
        guard case .failure(let error) = access else { return nil }
        return error
    }

    /// How many records of the membership log this process verified itself; the others had been already.
    package var verifiedCount: Int { (try? access.get().verifiedCount) ?? 0 }

    /// Draws a name for an entry that is to be written.
    ///
    /// - Throws: ``JournalError/Code/keys`` if the device's keys are missing.
    public func newName() throws -> EntryName { try access.get().newName() }

    /// Draws what no other step has in its label.
    func newID() -> EntryID {
        var generator = SystemRandomNumberGenerator()
        return EntryID.random(using: &generator)
    }
}
