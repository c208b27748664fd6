import Causality
import Membership
import Sealing
import Wire

extension Journal {
    /// What a string is good for.
    public enum StringPurpose: Hashable, Sendable {
        /// ``connect(_:name:progress:)``.
        case enrolment
        /// ``join(_:at:name:environment:confirming:progress:)``.
        case pairing
    }

    /// Looks at what somebody typed.
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
    /// A home that has entries takes them along: they are written again into the journal that it joins, with their
    /// ids; those that both imported from one source become one.
    ///
    /// - Parameters:
    ///   - typed: the string that ``addDevice(showing:confirming:)`` shows on the other device.
    ///   - path: the home's folder.
    ///   - name: what this device is to be called; `nil` for what the machine is called.
    ///   - confirming: asks the person whether the other screen shows the same words.
    ///   - progress: gets the outcome as it grows.
    /// - Returns: what the first download came to. Where it was cut, ``sync(progress:)`` goes on with it.
    /// - Throws: ``JournalError``: `mistyped`, `noNetwork`, `refused`, `declined`; then nothing was changed.
    @discardableResult
    public static func join(
        _ typed: String, at path: String, name: String? = nil, environment: JournalEnvironment = .system,
        confirming: @escaping Newcomer.Confirmation,
        progress: @escaping @Sendable (SyncOutcome) -> Void = { _ in }
    ) async throws -> SyncOutcome {
        let string = try ConnectString.read(typed)
        guard string.kind == .pairing, let place = ServerPlace(string), let secret = PairingSecret(string.secret)
        else { throw JournalError.mistyped }
        let newcomer = try NewcomerHome(path, environment)
        let pairing = NewcomerPairing(
            place: place, secret: secret, device: newcomer.device, name: name ?? HostName.current)
        let claimed = try await pairing.run(keeping: { try newcomer.keepKeys() }, confirming: confirming)
        return try await newcomer.enter(claimed, progress)
    }

    /// Whether a printed key says itself which journal it opens. With one of an earlier version only the server does.
    ///
    /// - Parameter key: as somebody typed it.
    /// - Throws: ``JournalError``: `mistyped`.
    public static func isBound(key: String) throws -> Bool { try RecoveryKey.read(key).isBound }

    /// Gets everything back with a printed key.
    ///
    /// The key says which journal it opens. Whatever else the server names is refused, and nothing is written then.
    ///
    /// - Parameters:
    ///   - typed: any string of the server; its address and key are all that is used of it.
    ///   - key: as ``makeRecoveryKey()`` returned it; see ``separate(_:)``.
    ///   - path: the home's folder; entries that it has are taken along as by
    ///     ``join(_:at:name:environment:confirming:progress:)``.
    ///   - acceptsUnbound: whether a key that an earlier version printed may enter what the server names, which then may
    ///     be a journal of its own. Only an empty home does: entries are never written into such a journal.
    /// - Returns: as for joining.
    /// - Throws: ``JournalError``: `mistyped`, `noNetwork`, `refused`, `wrongSpace`, `unboundKey`; then nothing was
    ///   changed. `heldBack` if the server shows less than it had when the key was made; what came is kept.
    @discardableResult
    public static func recover(
        _ typed: String, key: String, at path: String, name: String? = nil, acceptsUnbound: Bool = false,
        environment: JournalEnvironment = .system, progress: @escaping @Sendable (SyncOutcome) -> Void = { _ in }
    ) async throws -> SyncOutcome {
        guard let place = ServerPlace(try ConnectString.read(typed)) else { throw JournalError.mistyped }
        let key = try RecoveryKey.read(key)
        let newcomer = try NewcomerHome(path, environment)
        let device = newcomer.device
        guard key.isBound || acceptsUnbound else { throw JournalError.unboundKey(place.name) }
        // What is here matters only where nobody but the server vouches for the space.
        let present = key.isBound ? nil : try await newcomer.spaceWithEntries()
        let check: @Sendable (MembershipLog) throws(JournalError) -> (SpaceVoucher, Frontier) = {
            (log) throws(JournalError) in
            let checked = try key.check(log, at: place.name, acceptsUnbound: acceptsUnbound)
            guard checked.voucher != .server || present == nil || present == log.space else {
                throw .unboundKeyWithEntries(place.name)
            }
            return checked
        }
        let errand = ErrandLoop(place: place, device: key.deviceKeys)
        let log: MembershipLog
        do {
            log = try await errand.extendLog(ofFirst: try await errand.spaces(), isBound: key.isBound) { log in
                _ = try check(log)
                guard let member = log.member(key.deviceKeys.identity.id) else { throw JournalError.unknownKey }
                guard !log.isCurrentMember(device.identity.id) else { return nil }
                // Keys that were removed never come back.
                guard log.person(of: device.identity.id) == nil else {
                    throw JournalError.refused(ErrorCode.removed.rawValue, place.name)
                }
                // Whose keys are in the log before they are on the disk could never come back.
                try newcomer.keepKeys()
                return try log.adding(
                    device: device.identity, person: member.person, role: member.role, by: key.deviceKeys)
            }
        } catch let error as JournalError {
            // The server speaks of the key, not of this device.
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

    /// Tells where among words that somebody typed the string ends and the key begins.
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
        // Which of both is wrong is more help than that one is.
        if !hasString { _ = try ConnectString.read(words.first ?? "") }
        throw JournalError.mistypedKey
    }
}

extension ErrandLoop {
    /// Extends the log of the space that a key opens. Anybody may add the key to a space of his own, so of several that
    /// the server names the key tells which.
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
