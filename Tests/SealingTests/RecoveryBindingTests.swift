import CanonicalJSON
import Causality
import Foundation
import Membership
import Sealing
import TestSupport
import Testing

/// The binding of a printed key to its space.
@Suite struct RecoveryBindingTests {
    private struct Vector {
        let name: String
        let key: String
        let log: [[UInt8]]
        let finding: String
        let clock: [[JSONValue]]

        static func all() throws -> [Vector] {
            try ProtocolVectors.cases("recovery/cases.jsonl").map { json in
                Vector(
                    name: try #require(json["name"]?.asText), key: try #require(json["key"]?.asText),
                    log: try #require(json["log"]?.asArray).map { Array(try #require($0.asText).utf8) },
                    finding: try #require(json["finding"]?.asText),
                    clock: json["clock"]?.asArray?.compactMap(\.asArray) ?? [])
            }
        }
    }

    /// By another implementation: Python's hmac and hashlib, OpenSSL's curves.
    @Test func anotherImplementationFindsTheSame() throws {
        var counts: [String: Int] = [:]
        for vector in try Vector.all() {
            let found: String
            var clock: [[JSONValue]] = []
            do {
                switch try RecoveryKey(typed: vector.key).finding(in: MembershipLog(parsing: vector.log)) {
                case .bound(let frontier):
                    found = "bound"
                    clock = frontier.ends.map {
                        [
                            .text(Text($0.dot.replica.description)), .integer($0.dot.n),
                            .text(Text(Base64URL.text($0.hash.bytes))),
                        ]
                    }
                case .unbound: found = "unbound"
                case .foreign: found = "foreign"
                }
            } catch MembershipError.malformed { found = "malformed" }
            #expect(found == vector.finding, "\(vector.name)")
            #expect(clock == vector.clock, "\(vector.name)")
            counts[found, default: 0] += 1
        }
        #expect(counts == ["bound": 5, "unbound": 1, "foreign": 14, "malformed": 13])
    }

    private let clock: Frontier = {
        var clock = Frontier()
        clock.advance(to: Tip(Dot(ReplicaID(bits: 7), 12), .sha256([7])))
        clock.advance(to: Tip(Dot(ReplicaID(bits: 9), 1), .sha256([9])))
        return clock
    }()

    @Test func aKeyKnowsItsSpaceHoweverTheLogGoesOn() throws {
        var house = try Household(seed: 31, devices: 3)
        let key = RecoveryKey.random(using: &house.generator)
        let before = house.log
        try house.log.append(
            house.log.adding(key, person: house.owner, role: .owner, holding: clock, by: house.devices[0]))
        try house.add(1)
        try house.rotate()
        try house.remove([0], by: 1)
        let log = try MembershipLog(parsing: house.log.records.map(\.bytes))
        #expect(try RecoveryKey(typed: key.printed).finding(in: log) == .bound(clock))
        #expect(log.member(key.deviceKeys.identity.id)?.binding?.clock == clock)
        #expect(key.finding(in: before) == .foreign, "a log from before the key does not go so far")
        let other = RecoveryKey.random(using: &house.generator)
        #expect(other.finding(in: log) == .foreign)
    }

    /// With all that a server has: the public halves, the record with its code, and keys of its own.
    @Test func aServerMakesNoSpaceThatTheKeyTakesForItsOwn() throws {
        var house = try Household(seed: 32, devices: 2)
        let key = RecoveryKey.random(using: &house.generator)
        let identity = key.deviceKeys.identity
        try house.log.append(
            house.log.adding(key, person: house.owner, role: .owner, holding: clock, by: house.devices[0]))
        let binding = try #require(house.log.member(identity.id)?.binding)
        let thief = DeviceKeys.random(using: &house.generator)
        let founding = try SpaceKeys.found(by: house.owner, device: thief, using: &house.generator)
        func forged(_ member: MembershipLog.Member) throws -> MembershipLog {
            var log = try MembershipLog(genesis: founding.record)
            try log.append(
                MembershipRecord.add(member, to: log, by: thief.identity.id) { epoch, device in
                    [UInt8](repeating: 1, count: log.suite.wrapByteCount)
                } signing: {
                    thief.signature(of: $0)
                })
            return log
        }
        let person = house.owner
        for binding in [nil, binding, RecoveryBinding(clock: Frontier(), code: binding.code)] {
            let log = try forged(
                .init(person: person, role: .owner, device: identity, isRecovery: true, binding: binding))
            #expect(log.isCurrentMember(identity.id))
            #expect(key.finding(in: log) == .foreign)
        }
    }

    /// Only the printed text tells the two apart, so a server cannot claim that a key is an old one.
    @Test func whatIsPrintedSaysWhetherTheKeyIsBound() throws {
        var house = try Household(seed: 33, devices: 1)
        let old = try RecoveryKey(typed: "aaaqe-ayeau-daoca-jbifq-ydiob-4ibce-qtsba-s4ak6")
        let new = RecoveryKey.random(using: &house.generator)
        #expect(!old.isBound && new.isBound)
        #expect(try RecoveryKey(typed: new.printed).isBound && RecoveryKey(typed: new.printed) == new)
        for (key, finding) in [(old, RecoveryKey.Finding.unbound), (new, .foreign)] {
            try house.log.append(
                house.log.adding(
                    device: key.deviceKeys.identity, person: house.owner, role: .owner, isRecovery: true,
                    by: house.devices[0]))
            #expect(key.finding(in: house.log) == finding)
            #expect(house.log.member(key.deviceKeys.identity.id)?.isUnbound == true)
        }
        let twin = try RecoveryKey(typed: "aaaqe-ayeau-daoca-jbifq-ydiob-4ibce-qtc7y-bd2ad")
        #expect(twin.isBound && twin != old && twin.deviceKeys.encoded() == old.deviceKeys.encoded())
    }

    private static func refusal(_ body: () throws(MembershipError) -> Void) -> MembershipError? { error(of: body) }

    @Test func aClockOfMoreRowsThanALogTakesIsNotTaken() throws {
        var house = try Household(seed: 34, devices: 1)
        let key = RecoveryKey.random(using: &house.generator)
        let max = MembershipLimits.cutRowsMax
        for (count, error) in [(max + 1, MembershipError.tooLong), (max, nil)] {
            let ends = (1...count).map { Tip(Dot(ReplicaID(bits: UInt64($0)), 1), .sha256([1])) }
            let record = try house.log.adding(
                key, person: house.owner, role: .owner, holding: try #require(Frontier(ascending: ends)),
                by: house.devices[0])
            var log = house.log
            func take() throws(MembershipError) { try log.append(record) }
            #expect(Self.refusal(take) == error)
            func read() throws(MembershipError) { _ = try MembershipRecord(parsing: record.bytes) }
            #expect(Self.refusal(read) == error)
        }
    }
}
