import CanonicalJSON
import Causality
import Membership
import ReplicaStore
import Sealing
import Wire

/// Checks a server's claims about this device and its edits before acting on them.
extension ReplicaView {
    /// Whether this device agrees with the server's claim.
    func judges(_ dot: Dot?, _ code: ErrorCode) throws -> Bool {
        switch (dot, code) {
        case (nil, .removed): return try isRemoved
        case (let dot?, .tooLarge): return try isTooLarge(dot)
        case (let dot?, .rights): return try isOverreach(dot)
        default: return false
        }
    }

    /// Whether a record removes this device: one of its log, or one that a server showed.
    var isRemoved: Bool {
        get throws {
            if standing.member == nil { return true }
            guard let text = try reader.setting(Journal.removalSetting), !text.isEmpty,
                let value = try? JSONValue(parsing: Array(text.utf8)), let record = value.asObject?.bytes("record")
            else { return false }
            return isRemoval(record)
        }
    }

    /// Whether a record removes this device, and is signed by a member with that right; it need not follow the log
    /// here.
    func isRemoval(_ bytes: [UInt8]) -> Bool {
        guard let record = try? MembershipRecord(parsing: bytes),
            record.departing.contains(access.device.identity.id),
            let author = standing.log.member(record.author),
            author.role == .owner || author.person == standing.person
        else { return false }
        return record.isSigned(by: author.device)
    }

    private func isTooLarge(_ dot: Dot) throws -> Bool {
        guard let box = try reader.box(of: dot, in: space) else { return false }
        return box.count > SealingLimits.boxLengthMax
    }

    private func isOverreach(_ dot: Dot) throws -> Bool {
        guard let batch = try reader.batch(with: dot, in: space),
            let origin = try reader.origin(of: dot.replica, in: space),
            let signer = standing.log.member(signingKey: origin.deviceKey, at: batch.header.head)
        else { return false }
        return batch.dotted.contains { other, edit in
            other == dot && edit.header.isForget
                && !standing.log.mayForget(
                    edit.header.entry, by: signer, proof: edit.header.proof, Hash256.sha256)
        }
    }

    /// Whether this batch, and the one that is held in its place, differ and are both signed by the feed's device.
    /// The held one was checked when it was taken.
    func isFork(_ batch: Batch) throws -> Bool {
        let header = batch.header
        guard batch.defect(Hash256.sha256) == nil, let origin = try reader.origin(of: header.replica, in: space),
            let device = DeviceIdentity(signingKey: origin.deviceKey, agreementKey: origin.deviceKey)
        else { return false }
        let before =
            header.first == 1
            ? LineState.start(space: space.id, replica: header.replica, Hash256.sha256)
            : try reader.end(of: Dot(header.replica, header.first - 1), in: space)
        guard header.previous == before, try reader.holding(header.firstDot, in: space) != .nothing else {
            return false
        }
        let end = batch.lineEnd(Hash256.sha256)
        return !reader.holds(end, in: space) && batch.isSigned(by: device, lineHash: end.hash)
    }
}

extension StoreReader {
    fileprivate func end(of dot: Dot, in space: Space) throws -> Hash256? {
        if case .end(let hash) = try holding(dot, in: space) { hash } else { nil }
    }
}

extension JournalReplica {
    /// The device of a feed; `nil` if nothing of it is here.
    func device(of replica: ReplicaID) async -> DeviceID? {
        let key = try? await journal.read { [access, space] reader in
            try reader.origin(of: replica, in: ReplicaView(reader, access, of: space).space)?.deviceKey
        }
        // A device id depends only on the signing key.
        return key.flatMap { DeviceIdentity(signingKey: $0, agreementKey: $0)?.id }
    }

    /// Whether a record removes this device.
    func isRemoved() async throws -> Bool {
        try await journal.read { [access, space] in try ReplicaView($0, access, of: space).isRemoved }
    }
}
