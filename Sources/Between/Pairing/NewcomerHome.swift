import Causality
import Membership
import Sealing
import Wire

/// The home of a device that is about to join a journal.
struct NewcomerHome: Sendable {
    let home: HomeFolder
    private let environment: JournalEnvironment
    /// The keys of this device: the existing ones, or new ones.
    let device: DeviceKeys

    init(_ path: String, _ environment: JournalEnvironment) throws {
        home = HomeFolder(path: path)
        self.environment = environment
        var generator = SystemRandomNumberGenerator()
        do { device = try DeviceKeys.kept(in: home) ?? .random(using: &generator) } catch {
            throw JournalError.translated(error)
        }
    }

    /// Stores the keys: from then on the device can be admitted.
    func keepKeys() throws {
        do { try device.keep(in: home) } catch { throw JournalError.translated(error) }
    }

    /// The space of the existing journal; `nil` if it has no edits.
    func spaceWithEntries() async throws -> SpaceID? {
        guard home.exists else { return nil }
        let journal = try await Journal.open(at: home.path, environment: environment)
        let space = try await journal.belongings().isUntouched ? nil : JournalReplica(journal.personal).space
        try await journal.close()
        return space
    }

    /// Sets up the space here, and downloads it. Existing entries are moved, unless nobody but the server vouches for
    /// the space.
    ///
    /// - Parameter name: the name of this device, if it was not named by a member.
    /// - Throws: ``JournalError``, also if the server shows less than the member announced; what was received is
    ///   kept.
    func enter(
        _ claimed: ClaimedPlace, naming name: String? = nil,
        _ progress: @escaping @Sendable (JournalSpace.SyncOutcome) -> Void
    ) async throws -> JournalSpace.SyncOutcome {
        let journal = try await journal(for: claimed)
        try await journal.promise(claimed.clock, of: claimed.log.space, by: claimed.voucher)
        let outcome = try await journal.personal.sync(progress: progress)
        let isHeldBack = outcome.alarms.contains { $0.code == .withheld }
        if isHeldBack { throw JournalError.withheld(claimed.place.name) }
        guard outcome.missing == 0 else {
            throw JournalError.contentsHeldBack(claimed.place.name, outcome.missing)
        }
        // If this sync fails, the name is sent later like any edit.
        if let name, outcome.state == .upToDate, try await journal.personal.nameDevice(name) {
            try await journal.personal.sync()
        }
        try await journal.close()
        return outcome
    }

    /// The journal of this home, set up so that the next exchange downloads the joined one.
    private func journal(for claimed: ClaimedPlace) async throws -> Journal {
        if home.exists {
            let journal = try await Journal.open(at: home.path, environment: environment)
            if try JournalReplica(journal.personal).space == claimed.log.space {
                try await journal.personal.moveTo(claimed.place)
                return journal
            }
            if try await !journal.belongings().isUntouched {
                guard claimed.voucher != .server else {
                    throw JournalError.unboundKeyWithEntries(claimed.place.name)
                }
                try await journal.beginJoin(claimed.log, server: claimed.place.text)
                return journal
            }
            try await journal.close()
        }
        try await Journal.foundJoined(at: home.path, keys: device, log: claimed.log, server: claimed.place.text)
        return try await Journal.open(at: home.path, environment: environment)
    }
}

/// Membership that this device has obtained; the space is then set up here and downloaded.
struct ClaimedPlace: Sendable {
    let device: DeviceKeys
    let place: ServerPlace
    /// The verified log of the space, which contains this device.
    let log: MembershipLog
    /// The tips of the member who admitted this device, or those when the key was made.
    let clock: Frontier
    var voucher = SpaceVoucher.member
}

/// The party that vouches that a log shown by a server is that of the intended space.
package enum SpaceVoucher: String, Hashable, Sendable {
    /// A member who admitted this device.
    case member
    /// A recovery key that is bound to the space.
    case key
    /// Only the server, which may have named a space of its own.
    case server
}
