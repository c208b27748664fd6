import CanonicalJSON
import Causality
import Membership
import Records
import ReplicaStore
import Sealing

/// A transaction that writes to the private space.
struct JournalTransaction {
    let store: StoreTransaction
    let writer: StoreWriter
    let access: JournalAccess
    let membership: JournalAccess.MembershipStatus
    let environment: JournalEnvironment

    /// The entry, which must exist.
    @discardableResult
    func present(_ id: EntryID) throws -> Entry {
        switch try store.reader.presence(of: id) {
        case .unknown:
            throw try store.reader.isSealed(id) ? JournalError.sealed(id) : JournalError.notFound(id)
        case .forgotten: throw JournalError.forgotten(id)
        case .here:
            guard let entry = try store.reader.entry(id) else { throw JournalError.notFound(id) }
            return entry
        }
    }

    func content(
        _ fields: [FieldName: JSONValue], label: Text? = nil, proof: EntryProof? = nil
    ) -> EditContent {
        EditContent(at: environment.now(), fields: fields, label: label, proof: proof)
    }

    /// The edit that forgets an entry; `nil` if this person lacks the right.
    ///
    /// It takes effect here at once, so one that others refuse would scrub content that they keep.
    func forgetting(_ id: EntryID) throws -> StoreWriter.Draft? {
        guard let member = membership.member else { throw JournalError.removed }
        let mayForget = { (proof: EntryProof?) in
            membership.log.mayForget(id, by: member, proof: proof, Hash256.sha256)
        }
        if mayForget(nil) { return .init(forgetting: id) }
        let proofs = try store.reader.edits(of: id, access.keyring).lazy.compactMap(\.content?.proof)
        return proofs.first(where: mayForget).map { .init(forgetting: id, proof: $0) }
    }

    /// A draft's fields, completed with those of every entry.
    func complete(_ draft: EntryDraft) -> [FieldName: JSONValue] {
        var fields = draft.fields
        fields["kind"] = .text(draft.kind.name)
        fields["made"] = fields["made"] ?? .text(Text(environment.now().description))
        fields["author"] = fields["author"] ?? .text(Text(access.person.description))
        fields["at"] = fields["at"] ?? environment.moment().map { .text(Text($0.description)) }
        return fields
    }
}

extension Journal {
    /// Runs a transaction on the private space; it starts a new feed if the database was copied or restored.
    @discardableResult
    func write<T: Sendable>(_ body: @escaping @Sendable (JournalTransaction) throws -> T) async throws -> T {
        try await write(body) { value, _ in value }
    }

    /// As ``write(_:)``, and reads the result in the same transaction.
    private func write<T: Sendable, Answer: Sendable>(
        _ body: @escaping @Sendable (JournalTransaction) throws -> T,
        reading read: @escaping @Sendable (T, StoreReader) throws -> Answer
    ) async throws -> Answer {
        let access = try access.get()
        let result: (answer: Answer, last: Dot?)
        do {
            result = try await store.write(
                { [home, environment] transaction in
                    guard let space = try transaction.reader.space(named: Self.privateSpace) else {
                        throw StoreError.inconsistent("no private space")
                    }
                    let membership = try access.membership(transaction.reader, in: space)
                    let last = try transaction.reader.lastOwnDot(in: space)
                    let stored = try home.storedIncarnation()
                    let name = Text(EntryID(space.id)?.description ?? "")
                    if stored?.isCovered(by: last, in: name) == false {
                        try MissingEdits(stored, transaction.reader).note(in: transaction)
                    }
                    let mustLeave = Incarnation.mustLeave(
                        stored, Incarnation(of: home.database), space: name, last: last)
                    let written: (value: T, last: Dot?) = try transaction.write(
                        to: space, access.keyring(membership), asNewIncarnation: mustLeave
                    ) {
                        writer in
                        let value = try body(
                            JournalTransaction(
                                store: transaction, writer: writer, access: access, membership: membership,
                                environment: environment))
                        // A listening `sync --watch` sends it at once, and would need another transaction to close
                        // the batch.
                        if home.hasListener, try transaction.reader.setting(Self.serverSetting)?.isEmpty == false {
                            try writer.closeBatchIfNothingElseWaits()
                        }
                        return (value, writer.lastOwnDot)
                    }
                    return (try read(written.value, transaction.reader), written.last)
                }, afterCommit: { [home] in Self.follow($0.last, in: home, access) })
        } catch SealingError.noKeys {
            throw access.isMember ? JournalError.missingKeys : JournalError.removed
        } catch {
            throw JournalError.translated(error)
        }
        commits.signal()
        WakeSocket.wake(home.wake)
        return result.answer
    }

    /// Runs a transaction, and returns the new state of the entries that it names.
    func writeEntries(_ body: @escaping @Sendable (JournalTransaction) throws -> [EntryID]) async throws -> [Entry] {
        try await write(body) { ids, reader in
            try ids.map { id in
                guard let entry = try reader.entry(id) else { throw JournalError.notFound(id) }
                return entry
            }
        }
    }

    /// Updates the incarnation file after a commit.
    ///
    /// A stale file is corrected by the next write, so a failure here is harmless.
    static func follow(_ last: Dot?, in home: HomeFolder, _ access: JournalAccess) {
        guard let last else { return }
        let present = Incarnation(of: home.database, feeds: [Text(access.keys.space.description): last])
        try? home.follow(home.incarnation, with: present.bytes)
    }
}

extension JournalError {
    /// This device is a member, and none of the keys that it received is valid.
    static var missingKeys: JournalError {
        JournalError(
            .keys,
            "The keys that this device was given do not open. Nothing was written, and all that is here can be read.",
            next: "Sync another of your devices first: it gives the journal a new key. Then: btw sync")
    }

    /// This device can read what it has, and no other device accepts its edits.
    static var removed: JournalError {
        JournalError(
            .keys, "This device was removed from the journal. Nothing was written, and all that is here can be read.",
            next: "Take what is here along: btw export --jsonl > journal.jsonl")
    }
}
