import Causality
import Records
import ReplicaStore
import Testing

/// Alarms that are kept until they are over.
@Suite struct AlarmTests {
    private let phone = DeviceID(bits: EntryID.number(1))

    private func raise(_ code: String, _ device: DeviceID?, _ edits: Int, at: Int, on fixture: Device) throws {
        try fixture.store.write { transaction in
            try transaction.raise(
                code: code, device: device, edits: edits, at: Timestamp(millisSince1970: at),
                in: try transaction.reader.journal())
        }
    }

    private func alarms(_ fixture: Device) throws -> [StoreAlarm] {
        try fixture.store.read { try $0.alarms(in: try $0.journal()) }
    }

    @Test func oneIsKeptSinceItWasSeenFirst() throws {
        let fixture = try Device(1)
        try raise("withheld", phone, 3, at: 10, on: fixture)
        try raise("withheld", nil, 0, at: 20, on: fixture)
        try raise("withheld", phone, 2, at: 30, on: fixture)
        try fixture.reopen(isKilled: true)
        let kept = try alarms(fixture)
        #expect(kept.map(\.device) == [phone, nil] && kept.map(\.edits) == [2, 0])
        #expect(kept.map(\.first.millisSince1970) == [10, 20] && kept.map(\.last.millisSince1970) == [30, 20])
    }

    @Test func oneThatWasSeenAgainMeanwhileIsNotDropped() throws {
        let fixture = try Device(1)
        try raise("forked", phone, 0, at: 10, on: fixture)
        let old = try #require(try alarms(fixture).first)
        try raise("forked", phone, 0, at: 11, on: fixture)
        try fixture.store.write { try $0.drop(old, in: try $0.reader.journal()) }
        let new = try #require(try alarms(fixture).first)
        try fixture.store.write { try $0.drop(new, in: try $0.reader.journal()) }
        #expect(try alarms(fixture).isEmpty)
    }

    @Test func ofMoreThanPeopleReadThoseStayThatWereSeenLast() throws {
        let fixture = try Device(1)
        let devices = (0..<StoreAlarm.countMax).map { DeviceID(bits: EntryID.number(10 + $0)) }
        for (time, device) in devices.enumerated() { try raise("withheld", device, 1, at: time, on: fixture) }
        #expect(try alarms(fixture).count == StoreAlarm.countMax)
        try raise("withheld", devices[0], 1, at: 1_000, on: fixture)
        // A clock that went back makes a new alarm no older.
        try raise("stuck", nil, 1, at: -5, on: fixture)
        let kept = try alarms(fixture)
        #expect(kept.count == StoreAlarm.countMax && kept.contains { $0.code == "stuck" })
        #expect(kept.contains { $0.device == devices[0] } && !kept.contains { $0.device == devices[1] })
    }

    @Test func theyGoWithTheirSpace() throws {
        let fixture = try Device(1)
        try raise("withheld", phone, 1, at: 1, on: fixture)
        try fixture.store.write { transaction in
            try transaction.remove(try transaction.reader.journal())
            _ = try transaction.addSpace(id: TestKeys.space, name: Device.spaceName, records: [])
        }
        #expect(try alarms(fixture).isEmpty)
    }
}
