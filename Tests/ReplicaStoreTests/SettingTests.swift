import Causality
import GRDB
import ReplicaStore
import SQLiteFile
import Testing

@Suite struct SettingTests {
    @Test func thoseOfASpaceAreItsOwnAndGoWithIt() throws {
        let device = try Device(1)
        let other = try device.store.write { transaction in
            let other = try transaction.addSpace(id: [UInt8](repeating: 8, count: 16), name: "ana", records: [])
            try transaction.set("server", to: "home", of: transaction.reader.journal())
            try transaction.set("server", to: "office", of: other)
            try transaction.set("server", to: "of the replica")
            return other
        }
        func server(_ space: Space) throws -> String? { try device.store.read { try $0.setting("server", of: space) } }
        #expect(try server(other) == "office" && server(device.store.read { try $0.journal() }) == "home")
        try device.store.write { try $0.set("server", to: nil, of: other) }
        #expect(try server(other) == nil && server(device.store.read { try $0.journal() }) == "home")
        try device.store.write { transaction in
            try transaction.remove(transaction.reader.journal())
            let again = try transaction.addSpace(id: TestKeys.space, name: Device.spaceName, records: [])
            #expect(try transaction.reader.setting("server", of: again) == nil)
        }
        #expect(try device.store.read { try $0.setting("server") } == "of the replica")
    }

    /// Before the tenth migration a replica had one server, and one more for a pending join.
    @Test(arguments: [(promised: "journal", isJoining: true), ("joining", true), ("gone", true), ("journal", false)])
    func aReplicaOfTheVersionBeforeKeepsThem(_ promised: String, isJoining: Bool) throws {
        let device = try Device(1)
        let joining = [UInt8](repeating: 8, count: 16)
        if isJoining { try device.store.write { _ = try $0.addSpace(id: joining, name: Space.joining, records: []) } }
        let ids = ["journal": TestKeys.space, "joining": joining, "gone": [UInt8](repeating: 9, count: 16)]
        let id = try #require(ids[promised].flatMap { SpaceID($0) })
        try device.store.file.write { database in
            try OldForm.nine(database)
            for (name, value) in [
                ("server", "one"), ("synced", "2026-11-01T10:00:00Z"), ("removal", ""), ("changes_read", "7"),
                ("joining_server", isJoining ? "two" : ""), ("promised", "\(id) member AAAA"), ("scrub_due", "x"),
                ("mood_hint_day", "2026-11-01"),
            ] {
                try database.execute(sql: "INSERT INTO setting VALUES (?, ?)", arguments: [name, value])
            }
        }
        try device.reopen()
        #expect(device.store.file.opening.versionBefore == 9)
        let lines = try device.store.file.read { try TableDump.lines($0).filter { $0.contains("setting: ") } }
        var expected = [
            "setting: 'mood_hint_day'|'2026-11-01'", "setting: 'scrub_due'|'x'", "space_setting: 1|'changes_read'|'7'",
            "space_setting: 1|'server'|'one'", "space_setting: 1|'synced'|'2026-11-01T10:00:00Z'",
        ]
        if isJoining { expected.append("space_setting: 2|'server'|'two'") }
        if promised == "journal" { expected.append("space_setting: 1|'promised'|'member AAAA'") }
        if promised == "joining" { expected.append("space_setting: 2|'promised'|'member AAAA'") }
        #expect(lines.sorted() == expected.sorted())
    }
}
