package import Causality
package import Membership
import ReplicaStore
import Sealing

/// Joins a journal with a home that already has one.
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
        /// The location of the joined journal, as ``ServerPlace/text``.
        package let server: String
    }

    /// The join that is pending here; `nil` if there is none.
    package func unfinishedJoin() async throws -> UnfinishedJoin? {
        try await read { reader in
            guard let space = try reader.space(named: Space.joining).flatMap({ SpaceID($0.id) }) else { return nil }
            return UnfinishedJoin(space: space, server: try reader.setting(Self.joiningServer) ?? "")
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

    /// Gives up a pending join: the downloaded space is removed, and the journal stays as it is.
    package func giveUpJoin() async throws { try await change { try $0.endJoin() } }

    static let joiningServer = "joining_server"

    func change<T: Sendable>(_ body: @escaping @Sendable (StoreTransaction) throws -> T) async throws -> T {
        do { return try await store.write(body) } catch { throw JournalError.translated(error) }
    }
}

extension StoreTransaction {
    /// Removes the space of a pending join, if there is one.
    func endJoin() throws {
        if let space = try reader.space(named: Space.joining) { try remove(space) }
    }
}
