package import Causality
package import Membership
import SyncServer
package import Wire

/// Authentication and membership.
extension ModelServer {
    mutating func identify(_ proof: Authentication, _ transcript: Transcript, _ now: Duration) -> ServerAnswer {
        guard let device = DeviceIdentity(signingKey: proof.signingKey, agreementKey: proof.agreementKey),
            checks.isProof(proof, transcript, device)
        else { return .refused(.device, nil) }
        guard !blocked.contains(device.id) else { return .refused(.blocked, nil) }
        let known = spaces.filter { $0.value.log.isCurrentMember(device.id) }.keys.sorted()
        if !known.isEmpty || enrolled[device.id] != nil { return .identified(device.id, spaces: known) }
        guard !spaces.values.contains(where: { $0.log.wasRemoved(device.id) }) else { return .refused(.removed, nil) }
        guard let secret = proof.invitation else { return .stranger }
        guard let expiry = invitations[secret], now < expiry else { return .refused(.slot, nil) }
        invitations[secret] = nil
        enrolled[device.id] = device
        return .identified(device.id, spaces: [])
    }

    func log(_ space: SpaceID, _ end: LogEnd, _ device: DeviceID) -> ServerAnswer {
        guard let log = spaces[space]?.log else { return .log(missingFrom: nil, end: .empty) }
        let isMember = log.isCurrentMember(device)
        guard isMember || !log.wasRemoved(device) else { return .refused(.removed, nil) }
        switch log.relation(toCount: end.count, head: end.head) {
        case .equal where isMember: return .log(missingFrom: nil, end: log.logEnd)
        // A device that is not known here yet may bring the records that add it.
        case .ahead where isMember || enrolled[device] != nil: return .log(missingFrom: nil, end: log.logEnd)
        case .behind(let position) where isMember: return .log(missingFrom: position, end: log.logEnd)
        case .forked where isMember: return .refused(.logFork, nil)
        case .equal, .behind, .ahead, .forked: return .refused(.space, nil)
        }
    }

    mutating func append(
        _ space: SpaceID, _ linked: LinkedRecord, _ cut: Frontier?, _ device: DeviceID, _ now: Duration
    ) -> ServerAnswer {
        let before = spaces[space]
        var run = [linked.bytes]
        if let log = before?.log {
            if log.records.contains(where: { $0.bytes == linked.bytes }) { return .appended(log.logEnd, isNew: false) }
            var next = linked.previous
            while let hash = next, hash != log.head, let record = before?.refused[hash] {
                run.insert(record.bytes, at: 0)
                next = record.previous
            }
            guard next == log.head else { return .refused(.head, nil) }
        } else if linked.previous != nil {
            return .refused(.head, nil)
        }
        var last = before?.log
        for bytes in run {
            switch checks.extend(last, bytes) {
            case .failure(let error): return .refused(error.needsUpdate ? .update : .record, nil)
            case .success(let extended): last = extended
            }
        }
        guard let log = last, log.space == space, let record = log.records.last else { return .refused(.record, nil) }
        let isMember = log.isCurrentMember(device) || before?.log.isCurrentMember(device) ?? false
        guard isMember || enrolled[device] != nil else {
            return .refused(log.wasRemoved(device) ? .removed : .space, nil)
        }
        let isKnown = enrolled[device] != nil || spaces.values.contains { $0.log.isCurrentMember(device) }
        guard before != nil || isKnown else { return .refused(.space, nil) }
        var held = before ?? Space(log: log, edits: EditLog(space: space.bytes, checks.hash))
        held.log = log
        if log.records.suffix(run.count).contains(where: { $0.beginning != nil }) {
            if let cut, run.count == 1 {
                guard record.beginning?.cut == cut else { return .refused(.cut, nil) }
                guard late(held).isEmpty else {
                    guard Defence.pausesWhoIsRemoved.isUp else { return .refused(.cut, nil) }
                    let until = now + .milliseconds(SpaceService.pauseMillis)
                    for gone in before?.log.members.map(\.device.id) ?? [] where !log.isCurrentMember(gone) {
                        pauses[space, default: [:]][gone] = until
                    }
                    return .refused(.cut, nil)
                }
            } else if Defence.comparesCuts.isUp, !late(held).isEmpty {
                spaces[space]?.refused[record.hash] = record
                return .refused(.cut, nil)
            }
            quarantineLate(&held)
        }
        for record in log.records { held.refused[record.hash] = nil }
        spaces[space] = held
        // A device without a space is not enrolled any more.
        for gone in before?.log.members.map(\.device.id) ?? [] where log.wasRemoved(gone) {
            if !spaces.values.contains(where: { $0.log.isCurrentMember(gone) }) { enrolled[gone] = nil }
        }
        return .appended(log.logEnd, isNew: true)
    }

    private func late(_ held: Space) -> DivergentSuffixes {
        held.log.lateSuffixes(in: held.edits.batches.map(held.edits.heldBatch))
    }

    private func quarantineLate(_ held: inout Space) {
        held.quarantined += held.edits.remove(late(held)).map { ($0, .late) }
    }

    /// Settles the log on a record that was refused, and quarantines batches that are late by it, as an administrator
    /// may.
    package mutating func settle(_ space: SpaceID, head: Hash256) {
        guard var held = spaces[space] else { return }
        var run: [MembershipRecord] = []
        var next: Hash256? = head
        while let hash = next, hash != held.log.head, let record = held.refused[hash] {
            run.insert(record, at: 0)
            next = record.previous
        }
        guard next == held.log.head else { return }
        for record in run {
            guard case .success(let log) = checks.extend(held.log, record.bytes) else { return }
            held.log = log
            held.refused[record.hash] = nil
        }
        quarantineLate(&held)
        spaces[space] = held
    }
}

extension MembershipLog {
    /// Its length and head in the wire's form.
    package var logEnd: LogEnd { LogEnd(count: end.count, head: end.head) ?? .empty }
}

extension MembershipRecord {
    package var linked: LinkedRecord { LinkedRecord(previous: previous, bytes: bytes) }
}
