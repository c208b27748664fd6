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

    init(
        home: HomeFolder, environment: JournalEnvironment, store: Replica,
        access: Result<JournalAccess, JournalError>
    ) {
        self.home = home
        self.environment = environment
        self.store = store
        self.access = access
    }

    /// Whether there is a journal in a folder.
    public static func exists(at path: String) -> Bool { HomeFolder(path: path).exists }

    /// Opens the journal of a home, and founds one where there is none.
    ///
    /// Where the device's keys are missing it opens for reading: see ``keyError``.
    ///
    /// - Parameters:
    ///   - path: the home's folder; made with mode 0700.
    ///   - environment: where the time comes from.
    /// - Throws: ``JournalError``: `locked`, `damaged`, `newerVersion`, `notOurs`, `full`, `readOnly`, `missing`, `io`.
    public static func open(
        at path: String, environment: JournalEnvironment = .system
    ) async throws -> Journal {
        let home = HomeFolder(path: path)
        do {
            return try open(home, environment)
        } catch {
            throw JournalError.translated(error)
        }
    }

    private static func open(_ home: HomeFolder, _ environment: JournalEnvironment) throws -> Journal {
        let knewOne = try home.read(home.incarnation, lengthMax: Incarnation.lengthMax) != nil
        let store = try Replica(home.database, lockFile: home.lock, createIfMissing: !knewOne)
        if try store.read({ try $0.space(named: privateSpace) }) == nil {
            try store.write { try JournalAccess.found(home, in: $0) }
        }
        try finishScrubbing(store)
        let access: Result<JournalAccess, JournalError>
        do {
            access = .success(try store.read { try JournalAccess(home, $0) })
        } catch let error as JournalError where error.code == .keys {
            access = .failure(error)
        }
        return Journal(home: home, environment: environment, store: store, access: access)
    }

    /// Closes the files. What was written is on the disk already.
    public func close() async throws { try await store.file.close() }

    /// Whether home or disk may only be read.
    public var isReadOnly: Bool { store.file.isReadOnly }

    /// Why nothing can be written or opened that is sealed; `nil` if it can.
    public var keyError: JournalError? {
        guard case .failure(let error) = access else { return nil }
        return error
    }

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
