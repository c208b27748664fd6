import Causality
import Membership
import ReplicaStore
import SQLiteFile
import Sealing

/// The home of a device that is about to join a journal.
struct NewcomerHome: Sendable {
    let home: HomeFolder
    let environment: JournalEnvironment
    /// The keys of this device: those that it has, or new ones.
    let device: DeviceKeys

    init(_ path: String, _ environment: JournalEnvironment) throws {
        home = HomeFolder(path: path)
        self.environment = environment
        var generator = SystemRandomNumberGenerator()
        do { device = try DeviceKeys.kept(in: home) ?? .random(using: &generator) } catch {
            throw JournalError.translated(error)
        }
    }

    /// Puts the keys on the disk: from then on the device can be let in.
    func keepKeys() throws {
        do { try device.keep(in: home) } catch { throw JournalError.translated(error) }
    }

    /// Founds the space here, and downloads it.
    ///
    /// - Throws: ``JournalError``, also if the server shows less than the member said there is; what came is kept.
    func enter(
        _ claimed: ClaimedPlace, _ progress: @escaping @Sendable (Journal.SyncOutcome) -> Void
    ) async throws -> Journal.SyncOutcome {
        do { try await found(claimed) } catch { throw JournalError.translated(error) }
        let journal = try await Journal.open(at: home.path, environment: environment)
        let outcome = try await journal.sync(progress: progress)
        if outcome.state == .inStep, try await !journal.holds(claimed.clock) {
            throw JournalError.withheld(claimed.place.name)
        }
        try await journal.close()
        return outcome
    }

    private func found(_ claimed: ClaimedPlace) async throws {
        let store = try Replica(home.database, lockFile: home.lock, createIfMissing: true)
        try await store.write { transaction in
            _ = try transaction.addSpace(
                id: claimed.log.space.bytes, name: Journal.privateSpace, records: claimed.log.records.map(\.bytes))
            try transaction.set(Journal.serverSetting, to: claimed.place.text)
        }
        try await store.file.close()
    }
}

extension Journal {
    /// Whether all of a clock is here, just so.
    func holds(_ clock: Frontier) async throws -> Bool {
        try await read { reader in
            guard let space = try reader.space(named: Self.privateSpace) else { return false }
            return try clock.ends.allSatisfy { try reader.holding($0.dot, in: space) == .end($0.hash) }
        }
    }
}
