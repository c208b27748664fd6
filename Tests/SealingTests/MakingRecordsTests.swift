import Causality
import Membership
import Sealing
import TestSupport
import Testing

/// Records that a device makes with its keys.
@Suite struct MakingRecordsTests {
    @Test func aRecordSaysWhatItWasMadeFor() throws {
        var house = try Household(seed: 1, devices: 3)
        let person = PersonID(bits: EntryID(high: 8, low: 8))
        let added = try house.log.adding(
            device: house.devices[1].identity, person: person, role: .member, isRecovery: true, by: house.devices[0])
        try house.log.append(added)
        #expect(
            house.log.member(house.id(1))
                == .init(person: person, role: .member, device: house.devices[1].identity, isRecovery: true))
        var cut = Frontier()
        cut.advance(to: Tip(Dot(ReplicaID(bits: 4), 5), .sha256([])))
        let removed = try house.log.removing(
            [house.id(1)], cut: cut, by: house.devices[0], using: &house.generator)
        try house.log.append(removed)
        #expect(house.log.wasRemoved(house.id(1)))
        #expect(house.log.epochs.map(\.cut) == [cut, nil])
        let rotated = try house.log.rotating(cut: Frontier(), by: house.devices[0], using: &house.generator)
        try house.log.append(rotated)
        #expect(house.log.epoch == rotated.bodyHash)
        for record in [added, removed, rotated] { #expect(try MembershipRecord(parsing: record.bytes) == record) }
    }

    @Test func whoCannotOpenTheEpochMakesNoRecord() throws {
        var house = try Household(seed: 2, devices: 3)
        try house.add(1)
        try house.remove([1])
        for device in 1...2 {
            let keys = house.devices[device]
            #expect(throws: SealingError.noKeys) {
                try house.log.adding(device: keys.identity, person: house.owner, role: .owner, by: keys)
            }
            // A removed device has older keys, from which a new epoch may begin; but not its keys.
            guard device == 2 else {
                let made = [
                    try house.log.removing([house.id(0)], cut: Frontier(), by: keys, using: &house.generator),
                    try house.log.rotating(cut: Frontier(), by: keys, using: &house.generator),
                ]
                for record in made {
                    #expect(throws: MembershipError.unknownAuthor) { try house.log.append(record) }
                }
                continue
            }
            #expect(throws: SealingError.noKeys) {
                try house.log.removing([house.id(0)], cut: Frontier(), by: keys, using: &house.generator)
            }
            #expect(throws: SealingError.noKeys) {
                try house.log.rotating(cut: Frontier(), by: keys, using: &house.generator)
            }
        }
        let unusable = try #require(
            DeviceIdentity(
                signingKey: house.devices[2].identity.signingKey, agreementKey: Array(repeating: 0, count: 32)))
        #expect(throws: SealingError.unusableKey) {
            try house.log.adding(device: unusable, person: house.owner, role: .owner, by: house.devices[0])
        }
    }

    /// Two devices remove others at one head, in either order: the loser makes their record again, both removals are
    /// applied, and neither removed device opens later boxes.
    @Test(arguments: [[0, 1], [1, 0]])
    func whoLosesTheRaceMakesHisRecordAgain(_ order: [Int]) throws {
        var house = try Household(seed: 3, devices: 4)
        for device in 1...3 { try house.add(device) }
        let gone = [2, 3]
        var made: [MembershipRecord] = []
        for author in order {
            made.append(
                try house.log.removing(
                    [house.id(gone[author])], cut: Frontier(), by: house.devices[author], using: &house.generator))
        }
        try house.log.append(made[0])
        let loser = made[1]
        #expect(throws: MembershipError.wrongPrevious) { try house.log.append(loser) }
        try house.remove([gone[order[1]]], by: order[1])
        #expect(house.log.wasRemoved(house.id(2)) && house.log.wasRemoved(house.id(3)))
        #expect(house.errors(of: 0) == [nil, nil, nil])
        #expect(house.errors(of: 1) == [nil, nil, nil])
        #expect(house.errors(of: gone[order[0]]) == [nil, .noKeys, .noKeys])
        #expect(house.errors(of: gone[order[1]]) == [nil, nil, .noKeys])
    }

    /// The same keys, drawn with the same randomness, and a new epoch each time.
    @Test func aKeyIsDrawnForEachEpoch() throws {
        var house = try Household(seed: 4, devices: 1)
        let first = try house.log.rotating(cut: Frontier(), by: house.devices[0], using: &house.generator)
        let second = try house.log.rotating(cut: Frontier(), by: house.devices[0], using: &house.generator)
        #expect(first.beginning?.before != second.beginning?.before)
        #expect(first.bodyHash != second.bodyHash)
    }
}
