import CanonicalJSON
package import Causality
package import Membership
import Records
import ReplicaStore
package import Sealing
import SQLiteFile

/// Joins a journal with a home that already has one: its private space is replaced by the joined one.
///
/// ``beginJoin(_:server:)`` adds the joined space beside the private one under a reserved name, and a
/// ``JournalReplica/init(joining:)`` downloads it. Until then the old journal is unchanged for every process: nothing
/// of the other is opened, shown, found or counted. ``finishJoin()`` then swaps them in one transaction. Before that,
/// a join can be left pending, resumed or given up.
extension Journal {
    /// The size of a home, for the question whether to move its entries.
    package struct Belongings: Hashable, Sendable {
        /// Entries, including those in the trash, without the forgotten ones.
        package let entries: Int
        /// Whether nobody ever wrote anything, so that ``Journal/foundJoined(at:keys:log:server:)`` suffices.
        package let isUntouched: Bool
    }

    package func belongings() async throws -> Belongings {
        try await personal.read { reader, space in
            let counts = try reader.counts(in: space)
            return Belongings(
                entries: counts.entries + counts.trashed, isUntouched: try reader.isUntouched(space))
        }
    }

    /// A join that was begun and not finished.
    package struct UnfinishedJoin: Hashable, Sendable {
        package let space: SpaceID
        /// The location of the joined journal, as ``ServerPlace/text``.
        package let server: String
    }

    /// The join that is pending here; `nil` if there is none.
    package func unfinishedJoin() async throws -> UnfinishedJoin? {
        try await read { reader in
            guard let space = try reader.space(named: Space.joining), let id = SpaceID(space.id) else { return nil }
            return UnfinishedJoin(space: id, server: try reader.setting(JournalSpace.serverSetting, of: space) ?? "")
        }
    }

    /// Begins to join a journal, which can then be downloaded.
    ///
    /// A pending join of the same space continues; one of another space is given up.
    ///
    /// - Parameters:
    ///   - log: the verified log of the journal; it must contain this device, with the keys of the home.
    ///   - server: the location of the journal, as ``ServerPlace/text``.
    /// - Throws: ``JournalError``: `incomplete` if something of the present journal is missing here, and so could not
    ///   be moved; `keys` if the log does not contain the device; `noJoin` if it is this journal itself.
    package func beginJoin(_ log: MembershipLog, server: String) async throws {
        let device = try personal.access.get().device
        guard (try? JournalAccess.MembershipStatus(log, device)) != nil else { throw JournalError.notInvited }
        try await personal.change { transaction, present in
            let reader = transaction.reader
            guard present.id != log.space.bytes else { throw JournalError.joinedAlready }
            if let problem = JournalError.incomplete(try reader.counts(in: present)) { throw problem }
            var space = try reader.space(named: Space.joining)
            if space?.id != log.space.bytes {
                try transaction.endJoin()
                space = try transaction.addSpace(
                    id: log.space.bytes, name: Space.joining, records: log.records.map(\.stored))
            }
            if let space {
                try transaction.set(JournalSpace.serverSetting, to: server.isEmpty ? nil : server, of: space)
            }
        }
    }

    /// Gives up a pending join: the downloaded space is removed, and the journal stays as it is.
    package func giveUpJoin() async throws { try await change { try $0.endJoin() } }
}

extension StoreTransaction {
    /// Removes the space of a pending join, if there is one.
    func endJoin() throws {
        if let space = try reader.space(named: Space.joining) { try remove(space) }
    }
}

// MARK: - Founding joined

extension Journal {
    /// Sets up a home in which nobody has written with the journal that it joins.
    ///
    /// One transaction: after a crash before its end, only the device's keys exist; after it, the next exchange
    /// continues. It is idempotent. An existing private space without edits is removed.
    ///
    /// - Parameters:
    ///   - path: the home's folder; created with mode 0700.
    ///   - keys: this device's. They are stored in the home, unless it has them already.
    ///   - log: the verified log of the journal, which must contain this device.
    ///   - server: the location of the journal, as ``ServerPlace/text``.
    /// - Throws: ``JournalError``: `hasEntries` if the home has edits, see ``beginJoin(_:server:)``; `keys` if it has
    ///   other keys, or these do not open the journal; and the errors of `open`.
    package static func foundJoined(
        at path: String, keys: DeviceKeys, log: MembershipLog, server: String
    ) async throws {
        guard (try? JournalAccess.MembershipStatus(log, keys)) != nil else { throw JournalError.notInvited }
        let home = HomeFolder(path: path)
        do {
            let knewOne = try home.read(home.incarnation, lengthMax: Incarnation.lengthMax) != nil
            let store = try Replica(home.database, lockFile: home.lock, createIfMissing: !knewOne)
            try await store.write { transaction in
                try JournalAccess.keep(keys, in: home)
                try transaction.found(log, server: server)
            }
            try await store.file.close()
        } catch {
            throw JournalError.translated(error)
        }
    }
}

extension StoreTransaction {
    fileprivate func found(_ log: MembershipLog, server: String) throws {
        var space = try reader.space(named: Journal.privateSpace)
        if let present = space, present.id != log.space.bytes {
            guard try reader.isUntouched(present) else { throw JournalError.hasEntries }
            try remove(present)
            space = nil
        }
        let founded =
            try space
            ?? addSpace(id: log.space.bytes, name: Journal.privateSpace, records: log.records.map(\.stored))
        try endJoin()
        try set(JournalSpace.serverSetting, to: server.isEmpty ? nil : server, of: founded)
    }
}

extension JournalAccess {
    /// Stores the device's keys in a home durably, before anything refers to them.
    ///
    /// - Throws: ``JournalError/Code/keys`` if the home has other keys.
    fileprivate static func keep(_ keys: DeviceKeys, in home: HomeFolder) throws {
        guard let there = try home.read(home.keys, lengthMax: DeviceKeys.encodedLengthMax) else {
            return try home.replace(home.keys, with: keys.encoded(), isDurable: true)
        }
        guard there == keys.encoded() else { throw JournalError.otherKeys }
    }
}

// MARK: - Resuming

extension Journal {
    /// Resumes a pending join, if there is one: downloads the rest, and swaps the spaces.
    ///
    /// - Returns: the outcome of the exchange if the join is still pending; `nil` once the joined journal is this
    ///   one.
    func resumeJoin(
        progress: @escaping @Sendable (JournalSpace.SyncOutcome) -> Void
    ) async throws -> JournalSpace.SyncOutcome? {
        guard let join = try await unfinishedJoin() else { return nil }
        guard let place = ServerPlace(text: join.server) else { throw JournalError.noJoin }
        guard let space = try space(named: Space.joining) else { throw JournalError.noJoin }
        let exchange = try await ServerExchange([space], with: place, isLive: false) { progress($1) }
        let outcome = try await exchange.run()[space.name]
        guard outcome?.state == .upToDate else { return outcome }
        try await finishJoin()
        return nil
    }

}

extension JournalSpace {
    var isJoining: Bool { name == Space.joining }

    /// Whether this replica holds all feeds up to the tips of a clock, with the same hashes.
    package func holds(_ clock: Frontier) async throws -> Bool {
        try await read { reader, space in
            try clock.ends.allSatisfy { try reader.holding($0.dot, in: space) == .end($0.hash) }
        }
    }

    /// The prefix of the labels of edits that a join rewrote.
    static let joinLabel = "join "
}

// MARK: - Finishing join

extension Journal {
    /// Replaces the private space by the downloaded one, and writes all its entries into that.
    ///
    /// One transaction, with the lock held: after a crash nothing has changed, and it can be repeated. It takes about
    /// as long as an import of the entries, and as much memory as their text. ``JoinWriting`` describes how entries
    /// are merged; everything that it writes is one step for ``JournalSpace/undo(_:)``. This and other processes
    /// that have the home open continue with the joined space; a running exchange ends with an error.
    ///
    /// - Returns: the counts for the entries of this home.
    /// - Throws: ``JournalError``: `noJoin` if none was begun, `incomplete` as ``beginJoin(_:server:)``, `keys` if
    ///   this device was removed from the joined journal meanwhile. Nothing has changed then.
    @discardableResult
    package func finishJoin() async throws -> ImportCounts {
        let access = try personal.access.get()
        let label = Text(JournalSpace.joinLabel + personal.newID().description)
        let result: (counts: ImportCounts, feeds: [Text: Dot]?)
        do {
            result = try await store.write(
                { [environment, folder] transaction in
                    let stored = try folder.storedIncarnation()
                    let old = try transaction.reader.known(access.name)
                    try MissingEdits.leave(old, stored, in: transaction)
                    let joined = try transaction.finishJoin(access, environment, label: label)
                    guard let last = joined.last else { return (joined.counts, nil) }
                    var feeds = try Incarnation.continued(
                        transaction.reader.ownDots(), stored, Incarnation(of: folder.database))
                    feeds[try transaction.reader.known(access.name).text] = last
                    return (joined.counts, feeds)
                },
                afterCommit: { [folder] in if let feeds = $0.feeds { folder.follow(feeds) } })
        } catch {
            throw JournalError.translated(error)
        }
        wakeOthers()
        return result.counts
    }
}

extension StoreTransaction {
    fileprivate func finishJoin(
        _ access: JournalAccess, _ environment: JournalEnvironment, label: Text
    ) throws -> (counts: ImportCounts, last: Dot?) {
        guard let old = try reader.space(named: Journal.privateSpace),
            let downloaded = try reader.space(named: Space.joining)
        else { throw JournalError.noJoin }
        if let problem = JournalError.incomplete(try reader.counts(in: old)) { throw problem }
        let before = try access.membership(reader, in: old)
        let past = try EntryPast.all(reader, of: old, access.keyring(before))
        try remove(old)
        try rename(downloaded, to: Journal.privateSpace)
        let space = try reader.known(Journal.privateSpace)
        // What is written below was never on the server.
        try set(JournalSpace.syncedSetting, to: nil, of: space)
        let membership = try access.membership(reader, in: space)
        guard membership.mayWrite else {
            throw membership.member == nil ? JournalError.removed : JournalError.missingKeys
        }
        let keyring = access.keyring(membership)
        try write(to: space, keyring) { _ = try $0.reopen(epochs: Set(membership.log.epochs.map(\.name))) }
        return try write(to: space, keyring) { writer in
            let transaction = JournalTransaction(
                store: self, writer: writer, access: access, membership: membership, environment: environment)
            var writing = try JoinWriting(transaction, label: label, past, person: before.person)
            try writing.write(past)
            return (writing.counts, writer.lastOwnDot)
        }
    }
}
