package import Causality
import ReplicaStore

extension Journal {
    /// Resumes a pending join, if there is one: downloads the rest, and swaps the spaces.
    ///
    /// - Returns: the outcome of the exchange if the join is still pending; `nil` once the joined journal is this
    ///   one.
    func resumeJoin(progress: @escaping @Sendable (SyncOutcome) -> Void) async throws -> SyncOutcome? {
        guard let join = try await unfinishedJoin() else { return nil }
        guard let place = ServerPlace(text: join.server) else { throw JournalError.noJoin }
        let outcome = try await exchange(
            with: place, of: try JournalReplica(joining: self), invitation: nil, isLive: false, progress: progress)
        guard outcome.state == .inStep else { return outcome }
        try await finishJoin()
        return nil
    }

    /// Whether this replica holds all feeds up to the tips of a clock, with the same hashes.
    package func holds(_ clock: Frontier) async throws -> Bool {
        try await read { reader in
            guard let space = try reader.space(named: Self.privateSpace) else { return false }
            return try clock.ends.allSatisfy { try reader.holding($0.dot, in: space) == .end($0.hash) }
        }
    }
}
