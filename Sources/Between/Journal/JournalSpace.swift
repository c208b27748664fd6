import CanonicalJSON
public import Causality
import Membership
import Records
import ReplicaStore
import SQLiteFile
import Sealing

/// A space of a home: entries that its members share, with its own keys, edits and server.
///
/// The private one holds what a person writes for themselves; its members are that person's devices. A space that was
/// replaced by a join goes on under its name.
public struct JournalSpace: Sendable {
    /// The home that it belongs to.
    public let home: Journal
    /// Its name on this device: ``Journal/privateSpace`` for the private one.
    public let name: String
    /// The keys with which this device reads and writes it, or the reason why they are missing.
    let access: Result<JournalAccess, JournalError>

    var store: Replica { home.store }
    var environment: JournalEnvironment { home.environment }

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

// MARK: - Transactions

extension JournalSpace {
    /// Reads a consistent state of the space.
    func read<T: Sendable>(_ body: @Sendable (StoreReader, Space) throws -> T) async throws -> T {
        try await home.read { [name] reader in try body(reader, try reader.known(name)) }
    }

    /// Changes what this device keeps about the space, without an edit.
    func change<T: Sendable>(_ body: @escaping @Sendable (StoreTransaction, Space) throws -> T)
        async throws -> T
    {
        try await home.change { [name] transaction in
            try body(transaction, try transaction.reader.known(name))
        }
    }

    /// A setting of the space on this device.
    func setting(_ name: String) async throws -> String? {
        try await read { try $0.setting(name, of: $1) }
    }

    /// Writes edits in one transaction; starts a new feed if the database was copied or restored.
    @discardableResult
    func write<T: Sendable>(_ body: @escaping @Sendable (JournalTransaction) throws -> T) async throws
        -> T
    {
        try await write(body) { value, _ in value }
    }

    /// Runs a transaction, and returns the new state of the entries that it names.
    func writeEntries(_ body: @escaping @Sendable (JournalTransaction) throws -> [EntryID])
        async throws -> [Entry]
    {
        try await write(body) { ids, transaction in
            try ids.map { id in
                guard let entry = try transaction.reader.entry(id, in: transaction.space) else {
                    throw JournalError.notFound(id)
                }
                return entry
            }
        }
    }

    /// As ``write(_:)``, and reads the result in the same transaction, once the derived tables are updated.
    private func write<T: Sendable, Answer: Sendable>(
        _ body: @escaping @Sendable (JournalTransaction) throws -> T,
        reading read: @escaping @Sendable (T, JournalTransaction) throws -> Answer
    ) async throws -> Answer {
        let access = try access.get()
        let folder = home.folder
        let result: (answer: Answer, feeds: [Text: Dot]?)
        do {
            result = try await store.write(
                { [environment] store in
                    let space = try store.reader.known(access.name)
                    let membership = try access.membership(store.reader, in: space)
                    let stored = try folder.storedIncarnation()
                    let own = try store.reader.ownDots()
                    if stored?.isCovered(by: own) == false {
                        try MissingEdits(stored, store.reader).note(in: store)
                    }
                    var feeds = Incarnation.continued(own, stored, Incarnation(of: folder.database))
                    let mustLeave = own[space.text] != feeds[space.text]
                    let written: (value: T, transaction: JournalTransaction) = try store.write(
                        to: space, access.keyring(membership), asNewIncarnation: mustLeave
                    ) { writer in
                        let transaction = JournalTransaction(
                            store: store, writer: writer, access: access, membership: membership,
                            environment: environment)
                        let value = try body(transaction)
                        // A listening `sync --watch` sends it at once, and would need another transaction to close
                        // the batch.
                        if folder.hasListener, try store.reader.setting(Self.serverSetting, of: space) != nil {
                            try writer.closeBatchIfNothingElseWaits()
                        }
                        return (value, transaction)
                    }
                    let answer = try read(written.value, written.transaction)
                    guard let last = written.transaction.writer.lastOwnDot else { return (answer, nil) }
                    feeds[space.text] = last
                    return (answer, feeds)
                }, afterCommit: { if let feeds = $0.feeds { folder.follow(feeds) } })
        } catch SealingError.noKeys {
            throw access.isMember ? JournalError.missingKeys : JournalError.removed
        } catch {
            throw JournalError.translated(error)
        }
        home.wakeOthers()
        return result.answer
    }
}

extension StoreReader {
    /// The space of a name that is in use.
    func known(_ name: String) throws -> Space {
        guard let space = try space(named: name) else {
            throw StoreError.inconsistent("no space \(name)")
        }
        return space
    }
}
