import Causality
import Membership
import ReplicaStore
import SQLiteFile
import Sealing
import Synchronization

/// A home: one person's spaces on one device, which are read and written offline.
///
/// Any number of processes may have one home open; each change is one transaction, on the disk when its call returns.
/// ``Records`` defines entries, their fields, and how versions are merged. What is read and written is a
/// ``JournalSpace``: mostly ``personal``.
///
/// ```swift
/// let journal = try await Journal.open(at: home).personal
/// let note = try await journal.add(Note("What stuck with me most"))
/// for try await open in journal.homework.open.values { print(open.count) }
/// ```
public final class Journal: Sendable {
    /// The name of the private space.
    public static let privateSpace = "journal"

    let folder: HomeFolder
    let environment: JournalEnvironment
    let store: Replica
    let commits = CommitSignal()
    /// What happened while it was opened.
    public let opening: Opening
    /// The private space.
    public var personal: JournalSpace {
        JournalSpace(home: self, name: Self.privateSpace, access: personalAccess)
    }
    private let personalAccess: Access
    /// The keys of the other spaces, once they were read.
    private let otherAccesses: Mutex<[String: Access]>

    typealias Access = Result<JournalAccess, JournalError>

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

    private init(
        _ folder: HomeFolder, _ environment: JournalEnvironment, _ store: Replica,
        _ accesses: [String: Access],
        _ opening: Opening
    ) throws {
        guard let personal = accesses[Self.privateSpace] else {
            throw StoreError.inconsistent("no private space")
        }
        self.folder = folder
        self.environment = environment
        self.store = store
        self.opening = opening
        personalAccess = personal
        otherAccesses = Mutex(accesses.filter { $0.key != Self.privateSpace })
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

    /// Opens a home, and creates it with its private space if there is none.
    ///
    /// If the device's keys are missing it is opened for reading: see ``JournalSpace/keyError``. Access of other users
    /// to its files is removed: see ``opening``.
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
        let folder = HomeFolder(path: path)
        let journal: Journal
        do {
            journal = try open(folder, environment, createIfMissing)
        } catch {
            throw JournalError.translated(error)
        }
        for space in try await journal.spaces() { await space.takeBackRefused() }
        return journal
    }

    private static func open(
        _ folder: HomeFolder, _ environment: JournalEnvironment, _ createIfMissing: Bool
    ) throws -> Journal {
        try PrivateFile.checkFolder(folder.path)
        var opening = Opening()
        opening.hadKeysAlone = folder.hasKeysAlone
        let written = try folder.read(folder.incarnation, lengthMax: Incarnation.lengthMax)
        let store: Replica
        do {
            store = try Replica(
                folder.database, lockFile: folder.lock, createIfMissing: createIfMissing && written == nil)
        } catch let error as SQLiteFileError where error.code == .missing {
            throw written.map { JournalError.lost($0, in: folder) } ?? JournalError.translated(error)
        }
        if try store.read({ try $0.space(named: privateSpace) }) == nil {
            // A journal was written here and is missing: creating another one would hide that.
            if let written {
                try? store.file.close()
                throw JournalError.lost(written, in: folder)
            }
            opening.isNew = try store.write { transaction in
                guard try transaction.reader.space(named: privateSpace) == nil else { return false }
                var generator = SystemRandomNumberGenerator()
                try JournalAccess.found(
                    privateSpace, by: .random(using: &generator), folder, in: transaction)
                return true
            }
        }
        (opening.closedToOthers, opening.openToOthers) = folder.closeToOthers()
        try finishScrubbing(store)
        let accesses = try accesses(folder, store)
        // If it cannot be written now, it is read as it is, and the next opening tries again.
        let usable = accesses.values.compactMap { try? $0.get() }
        for access in usable where access.verifiedCount > 0 && !store.file.isReadOnly {
            try? store.write { try access.keepVerified(in: $0) }
        }
        try? rework(store, usable)
        return try Journal(folder, environment, store, accesses, opening)
    }

    /// Opens a journal for shell completion: creates, migrates and protects nothing, and waits for no lock.
    ///
    /// - Returns: `nil` if there is no journal.
    /// - Throws: ``JournalError`` as ``open(at:environment:createIfMissing:)``, also for an older schema.
    package static func openToLook(at path: String) throws -> Journal? {
        let folder = HomeFolder(path: path)
        guard folder.exists else { return nil }
        do {
            try PrivateFile.checkFolder(folder.path)
            let store = try Replica(readOnly: folder.database, lockFile: folder.lock)
            let accesses = try accesses(folder, store)
            guard accesses[privateSpace] != nil else {
                try store.file.close()
                return nil
            }
            return try Journal(folder, .system, store, accesses, Opening())
        } catch {
            throw JournalError.translated(error)
        }
    }

    /// The keys of each space but that of a pending join, or why they are missing.
    private static func accesses(_ folder: HomeFolder, _ store: Replica) throws -> [String: Access] {
        try store.read { reader in
            var accesses: [String: Access] = [:]
            for space in try reader.spaces() where space.name != Space.joining {
                accesses[space.name] = try access(to: space.name, folder, reader)
            }
            return accesses
        }
    }

    private static func access(to name: String, _ folder: HomeFolder, _ reader: StoreReader) throws
        -> Access
    {
        do {
            return .success(try JournalAccess(folder, reader, name: name))
        } catch let error as JournalError where error.code == .keys {
            return .failure(error)
        }
    }

    /// Completes a migration that needs the keys; see ``StoreWriter/reworkFirsts()``.
    private static func rework(_ store: Replica, _ accesses: [JournalAccess]) throws {
        guard !store.file.isReadOnly, try store.read({ try $0.setting(reworkSetting) }) == "firsts",
            !accesses.isEmpty
        else { return }
        try store.write { transaction in
            // A space that is being downloaded cannot be opened yet; it is processed when it can.
            for access in accesses {
                let space = try transaction.reader.known(access.name)
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

    func read<T: Sendable>(_ body: @Sendable (StoreReader) throws -> T) async throws -> T {
        do { return try await store.read(body) } catch { throw JournalError.translated(error) }
    }

    func change<T: Sendable>(_ body: @escaping @Sendable (StoreTransaction) throws -> T) async throws
        -> T
    {
        do { return try await store.write(body) } catch { throw JournalError.translated(error) }
    }

    /// Wakes observers and exchanges, of this process and of others, after a commit.
    func wakeOthers() {
        commits.signal()
        WakeSocket.wake(folder.wake)
    }
}

// MARK: - Spaces

extension Journal {
    /// All spaces, in the order in which they came to this device, without that of a pending join.
    public func spaces() async throws -> [JournalSpace] {
        do { return try knownSpaces() } catch { throw JournalError.translated(error) }
    }

    private func knownSpaces() throws -> [JournalSpace] {
        let names = try store.read { try $0.spaces() }.map(\.name)
        return try names.filter { $0 != Space.joining }.compactMap(knownSpace)
    }

    /// The space of a name; `nil` if there is none.
    func space(named name: String) throws -> JournalSpace? {
        do { return try knownSpace(name) } catch { throw JournalError.translated(error) }
    }

    private func knownSpace(_ name: String) throws -> JournalSpace? {
        guard name != Self.privateSpace else { return personal }
        // Another process may have added it since the home was opened.
        if let known = otherAccesses.withLock({ $0[name] }) {
            return JournalSpace(home: self, name: name, access: known)
        }
        let access = try store.read { reader in
            try reader.space(named: name).map { _ in try Self.access(to: name, folder, reader) }
        }
        guard let access else { return nil }
        // Another join may follow under the same name.
        if name != Space.joining { otherAccesses.withLock { $0[name] = access } }
        return JournalSpace(home: self, name: name, access: access)
    }

    /// Begins another space of this person, which only this device has for now.
    ///
    /// - Throws: ``JournalError``: `badValue` if the name is in use; `keys` if the device's keys are missing.
    package func addSpace(named name: String) async throws -> JournalSpace {
        let person = try personal.access.get().person
        try await change { [folder] transaction in
            guard name != Space.joining, try transaction.reader.space(named: name) == nil else {
                throw JournalError(
                    .badValue, "There is a space \(name) already. Nothing was changed.",
                    next: "Choose another name.")
            }
            try JournalAccess.found(name, by: person, folder, in: transaction)
        }
        guard let space = try space(named: name) else {
            throw JournalError.translated(StoreError.inconsistent(name))
        }
        return space
    }
}
