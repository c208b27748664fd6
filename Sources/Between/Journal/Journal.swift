public import Causality
import Membership
import Records
import ReplicaStore
import SQLiteFile
import Sealing

/// One person's journal on one device, which is read and written offline.
///
/// Any number of processes may have one home open; each change is one transaction, on the disk when its call returns.
/// ``Records`` defines entries, their fields, and how versions are merged.
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
    /// The keys of this device and of the private space, or the reason why they are missing.
    let access: Result<JournalAccess, JournalError>
    let commits = CommitSignal()
    /// What happened while it was opened.
    public let opening: Opening

    /// The result of opening a journal, for display.
    public struct Opening: Hashable, Sendable {
        /// Whether a journal was created.
        public internal(set) var isNew = false
        /// Whether the keys of a device existed although the journal was created: the old one is missing, or a join
        /// was interrupted.
        public internal(set) var hadKeysAlone = false
        /// The files that other users could read or write until now.
        public internal(set) var closedToOthers: [String] = []
        /// The files that other users can read or write, and that this user cannot protect.
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

    /// Whether a folder contains a journal.
    public static func exists(at path: String) -> Bool { HomeFolder(path: path).exists }

    /// Whether a folder contains the keys of a device without their journal.
    public static func hasKeysAlone(at path: String) -> Bool { HomeFolder(path: path).hasKeysAlone }

    /// Checks that no other user can put files into a home, before anything is read or written there.
    ///
    /// ``open(at:environment:createIfMissing:)`` does so itself. A folder that does not exist passes.
    ///
    /// - Throws: ``JournalError/Code/notPrivate``.
    public static func checkHome(at path: String) throws {
        do { try PrivateFile.checkFolder(path) } catch { throw JournalError.translated(error) }
    }

    /// A path quoted for a shell, for a command that is shown to the user.
    package static func shellWord(_ path: String) -> String { ShellWord.quoted(path) }

    /// Opens the journal of a home, and creates one if there is none.
    ///
    /// If the device's keys are missing it is opened for reading: see ``keyError``. Access of other users to its
    /// files is removed: see ``opening``.
    ///
    /// - Parameters:
    ///   - path: the home's folder; created with mode 0700.
    ///   - environment: the source of the time.
    ///   - createIfMissing: false for commands that only read.
    /// - Throws: ``JournalError``: `locked`, `damaged`, `newerVersion`, `notOurs`, `full`, `readOnly`, `missing`,
    ///   `io`.
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
            // A journal was written here and is missing: creating another one would hide that.
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
        // If it cannot be written now, it is read as it is, and the next opening tries again.
        if case .success(let access) = access {
            if access.verifiedCount > 0, !store.file.isReadOnly { try? store.write { try access.keepVerified(in: $0) } }
            try? rework(store, access)
        }
        return Journal(home: home, environment: environment, store: store, access: access, opening: opening)
    }

    /// Opens a journal for shell completion: creates, migrates and protects nothing, and waits for no lock.
    ///
    /// - Returns: `nil` if there is no journal.
    /// - Throws: ``JournalError`` as ``open(at:environment:createIfMissing:)``, also for an older schema.
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

    /// Completes a migration that needs the keys; see ``StoreWriter/reworkFirsts()``.
    private static func rework(_ store: Replica, _ access: JournalAccess) throws {
        guard !store.file.isReadOnly, try store.read({ try $0.setting(reworkSetting) }) == "firsts" else { return }
        try store.write { transaction in
            // A space that is being downloaded cannot be opened yet; it is processed when it can.
            if let space = try transaction.reader.space(named: privateSpace) {
                let keyring = access.keyring(try access.membership(transaction.reader, in: space))
                _ = try transaction.write(to: space, keyring) { try $0.reworkFirsts() }
            }
            try transaction.set(reworkSetting, to: "")
        }
    }

    /// The pending work of a migration.
    private static let reworkSetting = "rework"

    /// Closes the files. All writes are already on the disk.
    public func close() async throws { try await store.file.close() }

    /// Checkpoints this process's writes into `journal.db` if that is cheap, so that a copy of this file alone is
    /// complete.
    ///
    /// ``close()`` does so too. Durability does not depend on it.
    public func fold() async { await store.file.fold() }

    /// Whether the home or the disk is read-only.
    public var isReadOnly: Bool { store.file.isReadOnly }

    /// Why nothing can be written or decrypted; `nil` if it can.
    public var keyError: JournalError? {
        guard case .failure(let error) = access else { return nil }
        return error
    }

    /// How many records of the membership log this process verified itself; the others were stored as verified.
    package var verifiedCount: Int { (try? access.get().verifiedCount) ?? 0 }

    /// Generates a name for a new entry.
    ///
    /// - Throws: ``JournalError/Code/keys`` if the device's keys are missing.
    public func newName() throws -> EntryName { try access.get().newName() }

    /// Generates a unique id for a step's label.
    func newID() -> EntryID {
        var generator = SystemRandomNumberGenerator()
        return EntryID.random(using: &generator)
    }
}
