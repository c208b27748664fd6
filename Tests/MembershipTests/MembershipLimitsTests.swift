import Causality
import Membership
import TestSupport
import Testing

/// Each limit is accepted, and one more refused.
@Suite struct MembershipLimitsTests {
    @Test func aPersonHasSoManyDevicesAtOnce() throws {
        let founder = try Founder(seed: 1)
        var log = try founder.log()
        let devices = try (2...66).map { try Founder(seed: $0) }
        for device in devices.prefix(63) { try log.append(founder.add(device.member(of: .founder, .owner), to: log)) }
        #expect(log.members.count == MembershipLimits.devicesPerPersonMax)
        #expect(log.refusal(of: founder.add(devices[63].member(of: .founder, .owner), to: log)) == .tooManyDevices)
        #expect(log.refusal(of: founder.remove([devices[0]], from: log)) == nil)
        #expect(log.refusal(of: founder.add(devices[63].member(of: .founder, .owner), to: log)) == nil)
        #expect(log.refusal(of: founder.add(devices[64].member(of: .founder, .owner), to: log)) == .tooManyDevices)
        #expect(log.refusal(of: founder.add(devices[64].member(of: .numbered(1)), to: log)) == nil)
    }

    @Test func aSpaceHasSoManyPeopleAndDevices() throws {
        let founder = try Founder(seed: 1)
        var log = try founder.log()
        for number in 1..<MembershipLimits.peopleMax {
            try log.append(founder.add(try Founder(seed: 10 + number).member(of: .numbered(number)), to: log))
        }
        #expect(log.people.count == MembershipLimits.peopleMax)
        let next = try Founder(seed: 9)
        #expect(log.refusal(of: founder.add(next.member(of: .numbered(0)), to: log)) == .tooManyPeople)
        for number in log.members.count..<MembershipLimits.devicesMax {
            let device = try Founder(seed: 2000 + number)
            try log.append(founder.add(device.member(of: .numbered(1 + number % 255)), to: log))
        }
        #expect(log.refusal(of: founder.add(next.member(of: .numbered(1)), to: log)) == .spaceFull)

        // The longest allowed record can be read.
        var cut = Frontier()
        for replica in 0..<MembershipLimits.cutRowsMax {
            let bits = UInt64.max - UInt64(replica)
            cut.advance(to: Tip(Dot(ReplicaID(bits: bits), Dot.nMax), .sha256([])))
        }
        let longest = founder.rotate(log, cut: cut)
        #expect(longest.bytes.count <= MembershipLimits.recordLengthMax)
        #expect((longest.bytes.count * 4 + 2) / 3 < 1 << 20, "in base64url it fits in a line of the wire")
        var extended = log
        #expect(extended.refusal(of: longest) == nil)

        cut.advance(to: Tip(Dot(ReplicaID(bits: 1), 1), .sha256([])))
        let tooLong = founder.rotate(log, cut: cut)
        #expect(log.refusal(of: tooLong) == .tooLong)
        #expect(throws: MembershipError.tooLong) { try log.append(tooLong) }
    }

    @Test func aLogHasSoManyRecords() throws {
        // Signing 16,384 records takes seconds, so the log grows by the cheapest of them.
        let founder = try Founder(seed: 1)
        var log = try founder.log()
        while log.records.count < MembershipLimits.recordsMax { try log.append(founder.rotate(log)) }
        #expect(throws: MembershipError.tooLong) { try log.append(founder.rotate(log)) }
        #expect(log.epochs.count == MembershipLimits.recordsMax)
        #expect(log.position(of: log.head) == MembershipLimits.recordsMax - 1)
    }
}
