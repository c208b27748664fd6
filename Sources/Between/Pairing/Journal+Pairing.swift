import CanonicalJSON
import Causality
import Membership
import ReplicaStore
import Sealing
import Wire

extension JournalSpace {
    /// How long a string of ``addDevice(showing:confirming:)`` is valid.
    private static let pairingTime = Duration.seconds(600)

    /// Adds another device of this person, which joins with the shown string.
    ///
    /// - Parameters:
    ///   - showing: called once with the string: anybody who has it may ask to be admitted.
    ///   - confirming: asks the user whether the other screen shows the same words.
    /// - Returns: the name of the device, once it has its keys.
    /// - Throws: ``JournalError``: `noNetwork`, `refused` (also if no device came within ten minutes), `declined`.
    @discardableResult
    public func addDevice(
        showing: @escaping @Sendable (String) async throws -> Void, confirming: @escaping Newcomer.Confirmation
    ) async throws -> String {
        guard let place = try await serverPlace() else { throw JournalError.needsServer }
        var generator = SystemRandomNumberGenerator()
        let replica = try JournalReplica(self)
        let (commands, command) = AsyncStream.makeStream(of: SyncCommand.self)
        let reports = PairingReports()
        let pairing = MemberPairing(
            replica: replica, place: place, secret: .random(using: &generator), name: try await deviceName(),
            commands: command, reports: reports)
        let loop = SyncLoop(
            replicas: [replica], place: place, invitation: nil, isLive: true, commands: commands,
            report: { await reports.note(await replica.heard($1).report) })
        let name = try await withThrowingTaskGroup(of: PairingClaim?.self) { group in
            defer { group.cancelAll() }
            group.addTask {
                try await loop.run()
                return nil
            }
            group.addTask {
                try await Task.sleep(for: Self.pairingTime)
                throw JournalError.expired
            }
            group.addTask { try await pairing.run(showing: showing, confirming: confirming) }
            while let finished = try await group.next() {
                if let claim = finished { return claim.name }
            }
            throw CancellationError()
        }
        // So that the new device finds both names; if this sync fails, they are sent later like any edit.
        try await sync()
        return name
    }
}

// MARK: - Entering

extension Journal {
    /// The purpose of a string.
    public enum StringPurpose: Hashable, Sendable {
        /// ``JournalSpace/connect(_:name:progress:)``.
        case enrolment
        /// ``join(_:at:name:environment:confirming:progress:)``.
        case pairing
    }

    /// Parses a string that was typed.
    ///
    /// - Throws: ``JournalError``: `mistyped`.
    public static func purpose(of typed: String) throws -> StringPurpose {
        let string = try ConnectString.read(typed)
        guard ServerPlace(string) != nil else { throw JournalError.mistyped }
        switch string.kind {
        case .enrolment: return .enrolment
        case .pairing: return .pairing
        }
    }

    /// Joins the journal of another device, and downloads it.
    ///
    /// Entries of the home are moved: they are rewritten into the joined journal with their ids; those that both
    /// imported from one source are merged.
    ///
    /// - Parameters:
    ///   - typed: the string that ``JournalSpace/addDevice(showing:confirming:)`` shows on the other device.
    ///   - path: the home's folder.
    ///   - name: the name of this device; `nil` for the host name.
    ///   - confirming: asks the user whether the other screen shows the same words.
    ///   - progress: called with the outcome as it grows.
    /// - Returns: the outcome of the first download. If it was interrupted, ``JournalSpace/sync(progress:)`` resumes it.
    /// - Throws: ``JournalError``: `mistyped`, `noNetwork`, `refused`, `declined`; then nothing was changed.
    @discardableResult
    public static func join(
        _ typed: String, at path: String, name: String? = nil, environment: JournalEnvironment = .system,
        confirming: @escaping Newcomer.Confirmation,
        progress: @escaping @Sendable (JournalSpace.SyncOutcome) -> Void = { _ in }
    ) async throws -> JournalSpace.SyncOutcome {
        let string = try ConnectString.read(typed)
        guard string.kind == .pairing, let place = ServerPlace(string), let secret = PairingSecret(string.secret)
        else { throw JournalError.mistyped }
        let newcomer = try NewcomerHome(path, environment)
        let pairing = NewcomerPairing(
            place: place, secret: secret, device: newcomer.device, name: name ?? HostName.current)
        let claimed = try await pairing.run(keeping: { try newcomer.keepKeys() }, confirming: confirming)
        return try await newcomer.enter(claimed, progress)
    }

    /// Whether a recovery key is bound to a journal. For one of an earlier version only the server names the journal.
    ///
    /// - Parameter key: as typed.
    /// - Throws: ``JournalError``: `mistyped`.
    public static func isBound(key: String) throws -> Bool { try RecoveryKey.read(key).isBound }

    /// Restores everything with a recovery key.
    ///
    /// The key is bound to its journal. Any other that the server names is refused, and then nothing is written.
    ///
    /// - Parameters:
    ///   - typed: any string of the server; only its address and key are used.
    ///   - key: as ``JournalSpace/makeRecoveryKey()`` returned it; see ``separate(_:)``.
    ///   - path: the home's folder; its entries are moved as by ``join(_:at:name:environment:confirming:progress:)``.
    ///   - acceptsUnbound: whether a key of an earlier version may enter the journal that the server names, which may
    ///     be the server's own. Only into an empty home: entries are never written into such a journal.
    /// - Returns: as for joining.
    /// - Throws: ``JournalError``: `mistyped`, `noNetwork`, `refused`, `wrongSpace`, `unboundKey`; then nothing was
    ///   changed. `heldBack` if the server shows less than it had when the key was made; what was received is kept.
    @discardableResult
    public static func recover(
        _ typed: String, key: String, at path: String, name: String? = nil, acceptsUnbound: Bool = false,
        environment: JournalEnvironment = .system,
        progress: @escaping @Sendable (JournalSpace.SyncOutcome) -> Void = { _ in }
    ) async throws -> JournalSpace.SyncOutcome {
        guard let place = ServerPlace(try ConnectString.read(typed)) else { throw JournalError.mistyped }
        let key = try RecoveryKey.read(key)
        let newcomer = try NewcomerHome(path, environment)
        let device = newcomer.device
        guard key.isBound || acceptsUnbound else { throw JournalError.unboundKey(place.name) }
        // Existing entries matter only if nobody but the server vouches for the space.
        let present = key.isBound ? nil : try await newcomer.spaceWithEntries()
        let check: @Sendable (MembershipLog) throws(JournalError) -> (SpaceVoucher, Frontier) = {
            (log) throws(JournalError) in
            let checked = try key.check(log, at: place.name, acceptsUnbound: acceptsUnbound)
            guard checked.voucher != .server || present == nil || present == log.space else {
                throw .unboundKeyWithEntries(place.name)
            }
            return checked
        }
        let enrolment = EnrolmentLoop(place: place, device: key.deviceKeys)
        let log: MembershipLog
        do {
            log = try await enrolment.extendLog(ofFirst: try await enrolment.spaces(), isBound: key.isBound) { log in
                _ = try check(log)
                guard let member = log.member(key.deviceKeys.identity.id) else { throw JournalError.unknownKey }
                guard !log.isCurrentMember(device.identity.id) else { return nil }
                // Removed keys are never added again.
                guard log.person(of: device.identity.id) == nil else {
                    throw JournalError.refused(ErrorCode.removed.rawValue, place.name)
                }
                // A device whose keys are in the log but not on its disk could never return.
                try newcomer.keepKeys()
                return try log.adding(
                    device: device.identity, person: member.person, role: member.role, by: key.deviceKeys)
            }
        } catch let error as JournalError {
            // The server's error is about the key, not about this device.
            switch error.underlying as? ErrorCode {
            case .device, .removed: throw JournalError.unknownKey
            default: throw error
            }
        }
        let (voucher, clock) = try check(log)
        return try await newcomer.enter(
            ClaimedPlace(device: device, place: place, log: log, clock: clock, voucher: voucher),
            naming: name ?? HostName.current, progress)
    }

    /// Splits words that were typed into the string and the key.
    ///
    /// - Throws: ``JournalError``: `mistyped`.
    public static func separate(_ words: [String]) throws -> (string: String, key: String) {
        var hasString = false
        for count in words.indices.dropFirst().prefix(ConnectString.typedLengthMax) {
            let string = words[..<count].joined(separator: " ")
            guard (try? ConnectString.read(string)) != nil else { continue }
            hasString = true
            let key = words[count...].joined(separator: " ")
            if (try? RecoveryKey(typed: key)) != nil { return (string, key) }
        }
        // Report which of the two is wrong.
        if !hasString { _ = try ConnectString.read(words.first ?? "") }
        throw JournalError.mistypedKey
    }
}

extension EnrolmentLoop {
    /// Extends the log of the space that a key opens. Anybody may add the key to a space of their own, so of several
    /// that the server names the key's binding decides.
    fileprivate func extendLog(
        ofFirst spaces: [SpaceID], isBound: Bool,
        _ make: @escaping @Sendable (MembershipLog) throws -> MembershipRecord?
    ) async throws -> MembershipLog {
        guard let last = spaces.last, isBound || spaces.count == 1 else { throw JournalError.unknownKey }
        for space in spaces.dropLast() {
            do {
                return try await extendLog(of: space, make)
            } catch let error as JournalError where error.code == .wrongSpace {
                continue
            }
        }
        return try await extendLog(of: last, make)
    }
}

extension RecoveryKey {
    fileprivate static func read(_ typed: String) throws -> RecoveryKey {
        do { return try RecoveryKey(typed: typed) } catch { throw JournalError.mistypedKey }
    }
}

// MARK: - Promised

/// The clock that a member, or a recovery key, says the server holds for the space that this home enters.
///
/// It is stored until an exchange is up to date: otherwise a server could hide missing edits by closing the
/// connection once.
extension Journal {
    static let promisedSetting = "promised"

    func promise(_ clock: Frontier, of space: SpaceID, by voucher: SpaceVoucher) async throws {
        let rows = Base64URL.text(ColumnList.bytes(clock.ends))
        try await change { transaction in
            guard let space = try transaction.reader.spaces().first(where: { $0.id == space.bytes }) else {
                throw StoreError.inconsistent("no such space")
            }
            try transaction.set(Self.promisedSetting, to: "\(voucher.rawValue) \(rows)", of: space)
        }
    }
}

extension JournalSpace {
    /// Compares the promised clock with the replica when both sides are up to date, until all of it was here once.
    ///
    /// - Throws: ``JournalError``: `heldBack` if something is missing. What was received is kept.
    func comparePromised(server: String) async throws {
        guard let text = try await setting(Journal.promisedSetting) else { return }
        let parts = text.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, let voucher = SpaceVoucher(rawValue: parts[0]), let rows = Base64URL.bytes(parts[1]),
            let clock = Frontier(ascending: ColumnList.ends(rows))
        else { return }
        guard try await !holds(clock) else {
            return try await change { try $0.set(Journal.promisedSetting, to: nil, of: $1) }
        }
        throw voucher == .key ? JournalError.heldBackSinceKey(server) : .withheld(server)
    }
}
