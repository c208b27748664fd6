package import Causality
package import Membership
import ReplicaStore
import Sealing

/// Joining a journal with a home that has one already.
///
/// ``beginJoin(_:server:)`` puts the joined space beside the private one under a name of its own, and a
/// ``JournalReplica/init(joining:)`` downloads it. Meanwhile the journal of before stays what it was, for any
/// process: nothing of the other is opened, shown, found or counted. ``finishJoin()`` then changes places in one
/// transaction. Until that a join may be left lying, taken up again or given up.
extension Journal {
    /// What a home has, for whoever is asked whether to bring it along.
    package struct Belongings: Hashable, Sendable {
        /// Entries, those in the trash among them; not the forgotten.
        package let entries: Int
        /// Whether nobody ever wrote anything, so that ``Journal/foundJoined(at:keys:log:server:)`` is all there is to do.
        package let isUntouched: Bool
    }

    package func belongings() async throws -> Belongings {
        try await read { reader in
            let counts = try reader.counts()
            return Belongings(
                entries: counts.entries + counts.trashed,
                isUntouched: try reader.space(named: Self.privateSpace).map(reader.isUntouched) ?? true)
        }
    }

    /// A join that was begun and not finished.
    package struct UnfinishedJoin: Hashable, Sendable {
        package let space: SpaceID
        /// Where the joined journal is, as ``ServerPlace/text`` has it.
        package let server: String
    }

    /// The join that was begun here and neither finished nor given up; `nil` if there is none.
    package func unfinishedJoin() async throws -> UnfinishedJoin? {
        try await read { reader in
            guard let space = try reader.space(named: Space.joining).flatMap({ SpaceID($0.id) }) else { return nil }
            return UnfinishedJoin(space: space, server: try reader.setting(Self.joiningServer) ?? "")
        }
    }

    /// Begins to join a journal: from here on it can be downloaded.
    ///
    /// One of the same space that was begun before goes on; one of another space is given up.
    ///
    /// - Parameters:
    ///   - log: the journal's, verified; it must have this device, with the keys that are in the home.
    ///   - server: where the journal is, as ``ServerPlace/text`` has it.
    /// - Throws: ``JournalError``: `incomplete` if something of the present journal is not here whole, and so could
    ///   not be brought along; `keys` if the log has not this device; `noJoin` if it is this very journal.
    package func beginJoin(_ log: MembershipLog, server: String) async throws {
        let device = try access.get().device
        guard (try? JournalAccess.Standing(log, device)) != nil else { throw JournalError.notInvited }
        try await change { transaction in
            let reader = transaction.reader
            guard try reader.space(named: Self.privateSpace)?.id != log.space.bytes else {
                throw JournalError.joinedAlready
            }
            if let problem = JournalError.incomplete(try reader.counts()) { throw problem }
            if try reader.space(named: Space.joining)?.id != log.space.bytes {
                try transaction.endJoin()
                _ = try transaction.addSpace(
                    id: log.space.bytes, name: Space.joining, records: log.records.map(\.stored))
            }
            try transaction.set(Self.joiningServer, to: server)
        }
    }

    /// Gives up a join that was begun: what was downloaded goes, and the journal stays as it is.
    package func giveUpJoin() async throws { try await change { try $0.endJoin() } }

    static let joiningServer = "joining_server"

    func change<T: Sendable>(_ body: @escaping @Sendable (StoreTransaction) throws -> T) async throws -> T {
        do { return try await store.write(body) } catch { throw JournalError.translated(error) }
    }
}

extension StoreTransaction {
    /// Takes away what was downloaded of a journal that is not joined, if there is any.
    func endJoin() throws {
        if let space = try reader.space(named: Space.joining) { try remove(space) }
    }
}
