import Causality
import CanonicalJSON
import Membership
import Records
import ReplicaStore
import Sealing

extension Journal {
    /// The prefix of the labels of edits that a join rewrote.
    static let joinLabel = "join "

    /// Replaces the private space by the downloaded one, and writes all its entries into that.
    ///
    /// One transaction, with the lock held: after a crash nothing has changed, and it can be repeated. It takes about
    /// as long as an import of the entries, and as much memory as their text. ``JoinWriting`` describes how entries
    /// are merged; everything that it writes is one step for ``undo(_:)``. This and other processes that have the
    /// home open continue with the joined space; a running exchange ends with an error.
    ///
    /// - Returns: the counts for the entries of this home.
    /// - Throws: ``JournalError``: `noJoin` if none was begun, `incomplete` as ``beginJoin(_:server:)``, `keys` if
    ///   this device was removed from the joined journal meanwhile. Nothing has changed then.
    @discardableResult
    package func finishJoin() async throws -> ImportCounts {
        let access = try access.get()
        let label = Text(Self.joinLabel + newID().description)
        let result: (counts: ImportCounts, last: Dot?)
        do {
            result = try await store.write(
                { [environment, home] transaction in
                    let stored = try home.read(home.incarnation, lengthMax: Incarnation.lengthMax)
                    try MissingEdits.leave(stored.flatMap { Incarnation($0) }, in: transaction)
                    return try transaction.finishJoin(access, environment, label: label)
                },
                afterCommit: { [home] in Self.follow($0.last, in: home, access) })
        } catch {
            throw JournalError.translated(error)
        }
        commits.signal()
        WakeSocket.ring(home.wake)
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
        if let problem = JournalError.incomplete(try reader.counts()) { throw problem }
        let before = try access.standing(reader, in: old)
        let past = try EntryPast.all(reader, of: old, access.keyring(before))
        try remove(old)
        try rename(downloaded, to: Journal.privateSpace)
        let server = try reader.setting(Journal.joiningServer) ?? ""
        for (name, value) in [
            (Journal.serverSetting, server), (Journal.joiningServer, ""), (Journal.syncedSetting, ""),
            // The read position of the changes belonged to the old space.
            (Journal.changesRead, "0"),
        ] {
            try set(name, to: value)
        }
        guard let space = try reader.space(named: Journal.privateSpace) else {
            throw StoreError.inconsistent("no private space")
        }
        let standing = try access.standing(reader, in: space)
        guard standing.mayWrite else {
            throw standing.member == nil ? JournalError.removed : JournalError.lacksKeys
        }
        let keyring = access.keyring(standing)
        try write(to: space, keyring) { _ = try $0.reopen(epochs: Set(standing.log.epochs.map(\.name))) }
        return try write(to: space, keyring) { writer in
            let session = WritingSession(
                transaction: self, writer: writer, access: access, standing: standing, environment: environment)
            var writing = try JoinWriting(session, label: label, past, person: before.person)
            try writing.write(past)
            return (writing.counts, writer.lastOwnDot)
        }
    }
}
