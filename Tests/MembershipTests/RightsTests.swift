import CanonicalJSON
import Causality
import Membership
import Testing

/// Every rule of rights and its violation.
@Suite struct RightsTests {
    private let founder: Founder
    private let second: Founder
    private let paper: Founder
    private let member: Founder
    private let sibling: Founder
    private let gone: Founder
    private let fresh: Founder
    private let other: Founder
    /// The founder, their second device and printed key; a member with two devices and a removed one.
    private let log: MembershipLog
    private let person = PersonID.numbered(1)
    private let third = PersonID.numbered(2)

    init() throws {
        let devices = try (1...8).map { try Founder(seed: $0) }
        (founder, second, paper, member) = (devices[0], devices[1], devices[2], devices[3])
        (sibling, gone, fresh, other) = (devices[4], devices[5], devices[6], devices[7])
        let (founder, gone) = (founder, gone)
        let added = [
            second.member(of: .founder, .owner), paper.member(of: .founder, .owner, isRecovery: true),
            member.member(of: person), sibling.member(of: person), gone.member(of: person),
        ]
        var log = try founder.log()
        for added in added { try log.append(founder.add(added, to: log)) }
        try log.append(founder.remove([gone], from: log))
        self.log = log
    }

    private var ends: Frontier { Frontier(Tip(Dot(ReplicaID(bits: 5), 3), .sha256([1]))) }

    @Test func takesWhatIsAllowed() throws {
        let records = [
            founder.add(fresh.member(of: third), to: log), founder.add(fresh.member(of: third, .owner), to: log),
            founder.add(fresh.member(of: person), to: log), founder.add(fresh.member(of: .founder, .owner), to: log),
            paper.add(fresh.member(of: .founder, .owner), to: log), second.add(fresh.member(of: third), to: log),
            member.add(fresh.member(of: person), to: log), sibling.add(fresh.member(of: person), to: log),
            member.add(fresh.member(of: person, isRecovery: true), to: log),
            founder.remove([member, sibling], from: log), founder.remove([founder, paper, member], from: log),
            paper.remove([founder, sibling], from: log), founder.rotate(log), paper.rotate(log),
            // All devices of one's own may leave, including the author; that begins no epoch.
            member.leave([sibling], of: log), member.leave([member, sibling], of: log),
            founder.leave([founder, paper], of: log), second.raise(ends, in: log), paper.raise(ends, in: log),
        ]
        for (index, record) in records.enumerated() {
            var extended = log
            #expect(extended.refusal(of: record) == nil, "\(index)")
            #expect(extended.records.last == record)
            #expect(extended.head == record.hash)
            #expect(extended.epoch == (record.beginning == nil ? log.epoch : record.bodyHash))
        }
    }

    @Test func refusesWhatIsNot() throws {
        let records: [(MembershipRecord, MembershipError)] = [
            (fresh.add(fresh.member(of: person), to: log), .unknownAuthor),
            (gone.add(fresh.member(of: person), to: log), .unknownAuthor),
            (gone.rotate(log), .unknownAuthor),
            (member.add(fresh.member(of: third), to: log), .noRight),
            (member.add(fresh.member(of: .founder, .owner), to: log), .noRight),
            (member.add(fresh.member(of: person, .owner), to: log), .wrongRole),
            (founder.add(fresh.member(of: person, .owner), to: log), .wrongRole),
            (founder.add(fresh.member(of: .founder), to: log), .wrongRole),
            (founder.add(member.member(of: person), to: log), .deviceAgain),
            (founder.add(member.member(of: third), to: log), .deviceAgain),
            (founder.add(gone.member(of: person), to: log), .deviceAgain),
            (founder.add(founder.member(of: .founder, .owner), to: log), .deviceAgain),
            (founder.remove([fresh], from: log), .notThere), (founder.remove([gone], from: log), .notThere),
            (founder.remove([member, fresh], from: log), .notThere),
            (member.remove([founder], from: log), .noRight), (member.remove([paper], from: log), .noRight),
            (member.remove([sibling, second], from: log), .noRight),
            // A device that ends an epoch could exclude everybody's edits, and wrap invalid keys.
            (member.remove([sibling], from: log), .noRight), (member.remove([member, sibling], from: log), .noRight),
            (member.leave([founder], of: log), .noRight), (founder.leave([member], of: log), .noRight),
            (member.leave([gone], of: log), .notThere), (gone.leave([sibling], of: log), .unknownAuthor),
            (founder.leave([founder, second], of: log), .noOwnerLeft), (member.leave([], of: log), .malformed),
            (member.raise(ends, in: log), .noRight), (gone.raise(ends, in: log), .unknownAuthor),
            (founder.raise(Frontier(), in: log), .malformed),
            (founder.remove([founder, second], from: log), .noOwnerLeft),
            (paper.remove([founder, second], from: log), .noOwnerLeft),
            (member.rotate(log), .noRight), (founder.remove([], from: log), .malformed),
        ]
        for (index, (record, expected)) in records.enumerated() {
            var extended = log
            #expect(extended.refusal(of: record) == expected, "\(index)")
        }
    }

    /// Valid records except for the keys: wrapped to other devices, or to none.
    @Test func refusesOtherWrapsThanThoseOfTheDevices() throws {
        let head = JSONValue.bytes(log.head.bytes)
        let before = JSONValue.bytes(Founder.beforeBytes)
        func wrap(_ device: Founder, _ count: Int = Suite.one.wrapByteCount) -> JSONValue {
            ["to": .id(device.identity.id), "key": .bytes(Array(repeating: 9, count: count))]
        }
        func wraps(_ devices: [Founder]) -> JSONValue {
            .array(devices.sorted { $0.identity.id < $1.identity.id }.map { wrap($0) })
        }
        let all = [founder, second, paper, member, sibling]
        let rotate: JSONObject = [
            "kind": "rotate", "previous": head, "by": .id(founder.identity.id), "cut": [], "before": before,
        ]
        let remove = rotate.with("kind", "remove").with("devices", [.id(sibling.identity.id)])
        let add: JSONObject = [
            "kind": "add", "previous": head, "by": .id(founder.identity.id), "person": .id(third), "role": "member",
            "device": ["sign": .bytes(fresh.identity.signingKey), "agree": .bytes(fresh.identity.agreementKey)],
        ]
        let table: [(JSONObject, JSONValue, MembershipError?)] = [
            (rotate, wraps(all), nil), (rotate, wraps(Array(all.dropLast())), .wrongWraps),
            (rotate, wraps(all + [fresh]), .wrongWraps), (rotate, wraps(all + [gone]), .wrongWraps),
            (rotate, wraps(Array(all.dropLast()) + [fresh]), .wrongWraps), (rotate, [], .wrongWraps),
            (rotate.with("before", .bytes(Array(Founder.beforeBytes.dropLast()))), wraps(all), .malformed),
            (rotate.with("before", .bytes(Founder.beforeBytes + [0])), wraps(all), .malformed),
            (remove, wraps(Array(all.dropLast())), nil), (remove, wraps(all), .wrongWraps),
            (remove, wraps(Array(all.dropLast(2))), .wrongWraps), (add, [wrap(fresh)], nil),
            (add, [wrap(founder)], .wrongWraps), (add, [wrap(fresh, 111)], .malformed),
            (add, [wrap(fresh, 113)], .malformed), (add, [wrap(fresh, 0)], .malformed),
        ]
        for (index, (body, wraps, expected)) in table.enumerated() {
            var extended = log
            let record = try MembershipRecord(parsing: founder.record(body, wraps: wraps).bytes)
            #expect(extended.refusal(of: record) == expected, "\(index)")
        }
    }

    /// With such a device in the space, nobody could be removed any more.
    @Test(arguments: [[UInt8](repeating: 0, count: 32), [1] + [UInt8](repeating: 0, count: 31)])
    func refusesADeviceToWhichNothingCanBeSealed(_ key: [UInt8]) throws {
        let device = try #require(
            DeviceIdentity(signingKey: fresh.identity.signingKey, agreementKey: key))
        var extended = log
        let added = MembershipLog.Member(person: person, role: .member, device: device)
        #expect(extended.refusal(of: member.add(added, to: log)) == .unusableKey)
        #expect(!device.isUsable && fresh.identity.isUsable)
    }

    /// A right is taken away by remove and add: a person without devices may come back with another role.
    @Test func aPersonWhoCameBackMayHaveAnotherRole() throws {
        let (founder, member, sibling, fresh, other) = (founder, member, sibling, fresh, other)
        var log = try log.extended(by: { founder.remove([member, sibling], from: $0) })
        #expect(log.people == [.founder])
        #expect(log.refusal(of: founder.add(fresh.member(of: person, .owner), to: log)) == nil)
        #expect(log.refusal(of: fresh.add(other.member(of: person), to: log)) == .wrongRole)
        #expect(log.refusal(of: fresh.add(other.member(of: third), to: log)) == nil)
        #expect(log.people == [.founder, person, third])
    }

    /// A member's device once could do this to an owner's journal.
    @Test func onlyOwnersEndEpochs() {
        var extended = log
        #expect(extended.refusal(of: member.remove([sibling], from: log)) == .noRight)
        Defence.$down.withValue([.ownersEndEpochs]) {
            #expect(extended.refusal(of: member.remove([sibling], from: log)) == nil)
        }
    }

    @Test func whoMayForget() throws {
        let owner = founder.member(of: .founder, .owner)
        let member = member.member(of: person)
        let sibling = sibling.member(of: person)
        let proof = try #require(EntryProof([UInt8](repeating: 7, count: EntryProof.byteCount)))
        let other = try #require(EntryProof([UInt8](repeating: 8, count: EntryProof.byteCount)))
        func entry(of person: PersonID, in space: SpaceID? = nil) -> EntryID {
            proof.entry(of: person, in: space ?? log.space, Hash256.sha256)
        }
        let elsewhere = SpaceID(bits: entry(of: third))
        let table: [(MembershipLog.Member, EntryID, EntryProof?, Bool)] = [
            (owner, entry(of: .founder), nil, true), (owner, entry(of: person), nil, true),
            (owner, entry(of: person), proof, true), (owner, entry(of: person), other, true),
            (member, entry(of: person), proof, true), (sibling, entry(of: person), proof, true),
            (member, entry(of: person), nil, false), (member, entry(of: person), other, false),
            (member, entry(of: .founder), proof, false), (member, entry(of: third), proof, false),
            (member, entry(of: .founder), nil, false), (member, entry(of: person, in: elsewhere), proof, false),
        ]
        for (signer, entry, proof, may) in table {
            #expect(log.mayForget(entry, by: signer, proof: proof, Hash256.sha256) == may)
        }
    }

    /// Neither an earlier edit in the batch nor another person's proof shows the author of an entry.
    @Test func theFirstForgetWithoutRightIsFoundInABatch() throws {
        let signer = member.member(of: person)
        let proof = try #require(EntryProof([UInt8](repeating: 7, count: EntryProof.byteCount)))
        let mine = proof.entry(of: person, in: log.space, Hash256.sha256)
        let theirs = proof.entry(of: .founder, in: log.space, Hash256.sha256)
        func set(_ entry: EntryID) -> Edit {
            Edit(EditHeader(entry: entry, tokens: [FieldToken(bits: 1)], group: 1, boxHash: .sha256([])), box: [])
        }
        func forget(_ entry: EntryID) -> Edit {
            Edit(
                EditHeader(entry: entry, tokens: [], isForget: true, proof: proof, group: 1, boxHash: nil), box: nil)
        }
        func overreach(_ edits: Edit...) -> Int? {
            let header = BatchHeader(
                replica: ReplicaID(bits: 1), first: 1, count: edits.count, previous: log.head, seen: [],
                head: log.head, epoch: log.epoch, origin: nil)
            return log.overreach(in: Batch(header, signature: [], edits: edits), by: signer, Hash256.sha256)?.n
        }
        #expect(overreach(set(mine), set(theirs)) == nil)
        #expect(overreach(set(mine), forget(mine)) == nil)
        #expect(overreach(set(theirs), forget(theirs)) == 2)
        #expect(overreach(forget(mine), forget(theirs), forget(theirs)) == 2)
    }
}
