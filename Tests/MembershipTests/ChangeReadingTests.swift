import CanonicalJSON
import Causality
import Membership
import Testing

/// Untrusted records that add, remove or rotate.
@Suite struct ChangeReadingTests {
    private let founder: Founder
    private let device: Founder
    private let fresh: Founder
    private let log: MembershipLog

    init() throws {
        (founder, device, fresh) = (try Founder(seed: 1), try Founder(seed: 2), try Founder(seed: 3))
        let (founder, device) = (founder, device)
        log = try founder.log().extended(by: { founder.add(device.member(of: .numbered(1)), to: $0) })
    }

    private var cut: Frontier {
        Frontier(
            Tip(Dot(ReplicaID(bits: 5), 3), .sha256([1])), Tip(Dot(ReplicaID(bits: .max), 1), .sha256([2])))
    }

    private var records: [MembershipRecord] {
        [
            founder.add(fresh.member(of: .numbered(2)), to: log),
            founder.add(fresh.member(of: .founder, .owner, isRecovery: true), to: log),
            founder.remove([device], from: log, cut: cut), founder.rotate(log, cut: cut),
            founder.add(bound, to: log), founder.rotate(log), founder.leave([device, founder], of: log),
            founder.raise(cut, in: log),
        ]
    }

    private var bound: MembershipLog.Member {
        let binding = RecoveryBinding(clock: cut, code: [UInt8](repeating: 7, count: RecoveryBinding.codeByteCount))
        return .init(person: .founder, role: .owner, device: fresh.identity, isRecovery: true, binding: binding)
    }

    @Test func recordsReadBackAsTheyWereWritten() throws {
        for record in records {
            #expect(try MembershipRecord(parsing: record.bytes) == record)
            #expect(record.previous == log.head)
            #expect(record.author == founder.identity.id)
        }
        guard case .add(bound, _) = records[4].content else { return #expect(Bool(false)) }
        guard case .add(let member, let wrap) = records[1].content,
            case .remove(let devices, let beginning) = records[2].content
        else { return #expect(Bool(false)) }
        #expect(member == fresh.member(of: .founder, .owner, isRecovery: true) && member.isUnbound)
        #expect(!bound.isUnbound && member != bound)
        #expect(wrap == KeyWrap(device: fresh.identity.id, sealed: Founder.wrapBytes))
        #expect(devices == [device.identity.id])
        #expect(beginning.cut == cut)
        #expect(beginning.before == Founder.beforeBytes)
        #expect(beginning.wraps == [KeyWrap(device: founder.identity.id, sealed: Founder.wrapBytes)])
        #expect(records[2].beginning == beginning)
        #expect(records[1].beginning == nil)
        #expect(records[6].content == .leave([device, founder].map(\.identity.id).sorted()))
        #expect(records[7].content == .raise(cut))
        #expect(records[6].beginning == nil && records[7].beginning == nil)
    }

    @Test func whoWritesIsAskedForEachDeviceInOrder() throws {
        var asked: [(Hash256, DeviceIdentity)] = []
        let record = MembershipRecord.rotate(
            log, cut: cut, before: Founder.beforeBytes, by: founder.identity.id
        ) { epoch, device in
            asked.append((epoch, device))
            return Founder.wrapBytes
        } signing: {
            founder.sign($0)
        }
        #expect(asked.map(\.0) == [record.bodyHash, record.bodyHash])
        #expect(asked.map(\.1.id) == [founder.identity.id, device.identity.id].sorted())
        var epochs: [Hash256] = []
        _ = MembershipRecord.add(fresh.member(of: .founder, .owner), to: log, by: founder.identity.id) { epoch, _ in
            epochs.append(epoch)
            return Founder.wrapBytes
        } signing: {
            founder.sign($0)
        }
        #expect(epochs == [log.epoch])
    }

    @Test func everyFlippedBitIsRefused() throws {
        for record in records.prefix(5) {
            for bit in 0..<record.bytes.count * 8 {
                var flipped = record.bytes
                flipped[bit / 8] ^= 1 << (bit % 8)
                var extended = log
                #expect(throws: MembershipError.self, "bit \(bit)") {
                    try extended.append(try MembershipRecord(parsing: flipped))
                }
            }
        }
    }

    @Test func everyCutIsRefused() throws {
        for record in records {
            for count in record.bytes.indices {
                let cut = Array(record.bytes[..<count])
                #expect(throws: MembershipError.malformed) { try MembershipRecord(parsing: cut) }
            }
        }
    }

    /// All with valid signatures, so that only the shape can be refused.
    @Test func refusesRecordsOfTheWrongShape() throws {
        let hash = JSONValue.bytes(Hash256.sha256([1]).bytes)
        let sign = JSONValue.bytes(fresh.identity.signingKey)
        let agree = JSONValue.bytes(fresh.identity.agreementKey)
        let ids = [founder, device, fresh].map(\.identity.id).sorted().map(JSONValue.id)
        func wrap(_ id: JSONValue) -> JSONValue { ["to": id, "key": .bytes(Founder.wrapBytes)] }
        let add: JSONObject = [
            "kind": "add", "previous": .bytes(log.head.bytes), "by": .id(founder.identity.id),
            "person": .id(PersonID.numbered(2)), "role": "member", "device": ["sign": sign, "agree": agree],
        ]
        let rotate: JSONObject = [
            "kind": "rotate", "previous": .bytes(log.head.bytes), "by": .id(founder.identity.id),
            "cut": [["0000000000000005", 3, hash], ["ffffffffffffffff", 1, hash]],
            "before": .bytes(Founder.beforeBytes),
        ]
        let remove = rotate.with("kind", "remove").with("devices", [ids[0], ids[1]])
        let leave = rotate.with("kind", "leave").with("cut", nil).with("before", nil).with("devices", [ids[0], ids[1]])
        let raise = rotate.with("kind", "raise").with("cut", nil).with("before", nil).with("ends", rotate["cut"])
        let code: JSONValue = ["clock": [], "mac": hash]
        let one: JSONValue = [wrap(.id(fresh.identity.id))]
        let two: JSONValue = [wrap(ids[0]), wrap(ids[1])]
        let recovery = add.with("recovery", true)
        let fine: [(JSONObject, JSONValue)] = [
            (add, one), (recovery, one), (recovery.with("bound", code), one), (rotate, two), (remove, two), (leave, []),
            (raise, []),
        ]
        for (body, wraps) in fine {
            #expect(throws: Never.self) { try MembershipRecord(parsing: founder.record(body, wraps: wraps).bytes) }
        }
        let adds: [JSONObject] = [
            add.with("more", 1), add.with("person", nil), add.with("person", "x"), add.with("role", nil),
            add.with("role", "Owner"), add.with("role", "reader"), add.with("role", 1), add.with("device", nil),
            add.with("device", ["sign": sign]), add.with("device", ["sign": sign, "agree": agree, "more": 1]),
            add.with("device", ["sign": sign, "agree": "AA"]), add.with("recovery", false), add.with("recovery", 1),
            add.with("recovery", .null), add.with("previous", nil), add.with("by", nil), add.with("by", "x"),
            add.with("devices", [ids[0]]), add.with("cut", []), add.with("kind", "remove"), add.with("bound", code),
            add.with("recovery", true).with("bound", [:]), add.with("recovery", true).with("bound", .null),
            add.with("person", .text(Text(PersonID.numbered(2).description.uppercased()))),
        ]
        let cuts: [JSONValue?] = [
            nil, 1, [:], [1], [[]], [["0000000000000005", 3]], [["0000000000000005", 3, hash, 1]],
            [["5", 3, hash]], [["000000000000000A", 3, hash]], [["0000000000000005", 0, hash]],
            [["0000000000000005", -1, hash]], [["0000000000000005", "3", hash]],
            [["0000000000000005", .real(3.5), hash]], [["0000000000000005", .integer(1 << 53), hash]],
            [["0000000000000005", 3, "AA"]], [["0000000000000005", 3, 1]],
            [["0000000000000005", 3, hash], ["0000000000000005", 4, hash]],
            [["0000000000000006", 3, hash], ["0000000000000005", 4, hash]],
        ]
        var removes: [JSONObject] = [
            remove.with("more", 1), remove.with("devices", nil), remove.with("devices", []),
            remove.with("devices", 1), remove.with("devices", [1]), remove.with("devices", [ids[1], ids[0]]),
            remove.with("devices", [ids[0], ids[0]]), remove.with("before", nil), remove.with("before", "A"),
            remove.with("before", 1), remove.with("recovery", true), remove.with("kind", "rotate"),
            remove.with("devices", [.text(Text(fresh.identity.id.description.uppercased()))]),
        ]
        var rotates: [JSONObject] = [rotate.with("devices", [ids[0]])]
        var plain: [JSONObject] = [
            leave.with("more", 1), leave.with("devices", nil), leave.with("devices", []), leave.with("cut", []),
            leave.with("devices", [ids[1], ids[0]]), raise.with("more", 1), raise.with("ends", []),
            raise.with("devices", [ids[0]]),
        ]
        for cut in cuts {
            removes.append(remove.with("cut", cut))
            rotates.append(rotate.with("cut", cut))
            plain.append(raise.with("ends", cut))
        }
        let wraps: [JSONValue] = [
            [wrap(ids[1]), wrap(ids[0])], [wrap(ids[0]), wrap(ids[0])], [1], [wrap(ids[0]), 1],
            [["to": ids[0]]], [["key": .bytes(Founder.wrapBytes)]],
            [["to": ids[0], "key": .bytes(Founder.wrapBytes), "more": 1]], [["to": ids[0], "key": "A"]],
        ]
        var table: [(JSONObject, JSONValue)] = [(add, []), (add, two)]
        table += [(leave, one), (raise, one)] + plain.map { ($0, []) }
        for add in adds { table.append((add, one)) }
        for change in removes + rotates { table.append((change, two)) }
        for wraps in wraps { for body in [add, rotate, remove] { table.append((body, wraps)) } }
        for (body, wraps) in table {
            let bytes = try founder.record(body, wraps: wraps).bytes
            let found = error { () throws(MembershipError) in _ = try MembershipRecord(parsing: bytes) }
            #expect(found == .malformed, "\(JSONValue.object(body).canonicalText) \(wraps.canonicalText)")
        }
    }

    @Test func refusesMoreThanTheLimits() throws {
        let hash = JSONValue.bytes(Hash256.sha256([1]).bytes)
        let rows = (0...MembershipLimits.cutRowsMax).map { row -> JSONValue in
            [.text(Text(ReplicaID(bits: UInt64(row)).description)), 1, hash]
        }
        let rotate: JSONObject = [
            "kind": "rotate", "previous": hash, "by": .id(founder.identity.id), "cut": .array(rows),
            "before": .bytes(Founder.beforeBytes),
        ]
        let devices = (0...MembershipLimits.devicesMax).map {
            JSONValue.id(DeviceID(bits: EntryID(high: 0, low: UInt64($0))))
        }
        let remove = rotate.with("kind", "remove").with("cut", []).with("devices", .array(devices))
        let raise = rotate.with("kind", "raise").with("cut", nil).with("before", nil).with("ends", .array(rows))
        let leave = rotate.with("kind", "leave").with("cut", nil).with("before", nil).with("devices", .array(devices))
        for body in [rotate, remove, raise, leave] {
            let bytes = try founder.record(body, wraps: []).bytes
            #expect(throws: MembershipError.tooLong) { try MembershipRecord(parsing: bytes) }
        }
    }
}
