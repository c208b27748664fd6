import CanonicalJSON
import Foundation
import Testing

/// The output of `btw sync --json`.
struct Synced {
    let ran: Ran
    let json: JSONValue

    init(parsing ran: Ran) throws {
        self.ran = ran
        json = try JSONValue(parsing: try #require(ran.lines.first, "\(ran.err)").utf8)
    }

    var state: String { json["state"]?.asText ?? "" }
    var server: String? { json["server"]?.asText }
    var sent: Int { json["sent"]?.asInteger ?? -1 }
    var received: Int { json["received"]?.asInteger ?? -1 }
    var putBack: Int { json["put_back"]?.asInteger ?? -1 }
    var waiting: Int { json["waiting"]?.asInteger ?? -1 }
}

/// A space as counted by `btwd status --json`.
struct ServedSpace: Hashable {
    let id: String
    let edits: Int
    let records: Int
    let quarantined: Int
}

extension Fixture {
    /// `btw connect` with a new string of the server.
    func connect(
        server: String = "server", name: String? = nil, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let words = ["connect", try string(server: server, sourceLocation: sourceLocation)]
        let ran = try run((words + (name.map { ["--name", $0] } ?? [])).map { Array($0.utf8) })
        try #require(ran.exit == 0, "connect: \(ran.err)", sourceLocation: sourceLocation)
    }

    /// `btw sync --json`, which prints one line for every outcome but a refusal.
    @discardableResult
    func sync(sourceLocation: SourceLocation = #_sourceLocation) throws -> Synced {
        let ran = try btw("sync", "--json")
        let isOneLine = ran.exit == 0 && ran.lines.count == 1
        try #require(isOneLine, "sync: \(ran.out)\(ran.err)", sourceLocation: sourceLocation)
        return try Synced(parsing: ran)
    }

    /// Syncs, and is then up to date with nothing waiting.
    @discardableResult
    func getsUpToDate(sourceLocation: SourceLocation = #_sourceLocation) throws -> Synced {
        let synced = try sync(sourceLocation: sourceLocation)
        #expect(
            synced.state == "up_to_date" && synced.waiting == 0, "\(synced.ran.out)", sourceLocation: sourceLocation)
        return synced
    }

    /// A copy of this home, as a backup or for a second device.
    func copied(to name: String) throws -> Fixture {
        let copy = at(name)
        try? FileManager.default.removeItem(atPath: copy.home)
        try #require(Machine.succeeds("cp", "-r", home, copy.home))
        return copy
    }

    /// Copies a folder of the fixture, replacing the target.
    func copyFolder(_ from: String, to name: String) throws {
        let (from, target) = (folder.path + "/" + from, folder.path + "/" + name)
        try? FileManager.default.removeItem(atPath: target)
        try #require(Machine.succeeds("cp", "-r", from, target))
    }

    /// The server's counts.
    func served(server: String = "server", sourceLocation: SourceLocation = #_sourceLocation) throws -> [ServedSpace] {
        let ran = try btwd("status", "--data", "DIR", "--json", server: server)
        try #require(ran.exit == 0 && ran.lines.count == 1, "status: \(ran.err)", sourceLocation: sourceLocation)
        let spaces = try JSONValue(parsing: ran.lines[0].utf8)["spaces"]?.asArray ?? []
        return spaces.map { space in
            ServedSpace(
                id: space["id"]?.asText ?? "", edits: space["edits"]?.asInteger ?? -1,
                records: space["records"]?.asInteger ?? -1, quarantined: space["quarantined"]?.asInteger ?? -1)
        }
    }

    /// All have the same export, line by line.
    ///
    /// - Returns: the export.
    @discardableResult
    static func areEqual(_ fixtures: Fixture..., sourceLocation: SourceLocation = #_sourceLocation) throws -> String {
        let exports = try fixtures.map { try $0.export(sourceLocation: sourceLocation) }
        for export in exports.dropFirst() { #expect(export == exports[0], sourceLocation: sourceLocation) }
        return exports.first ?? ""
    }
}

extension Fixture {
    /// Syncs until nothing moves and nothing waits, a few times at most.
    func getsUpToDateSoon(sourceLocation: SourceLocation = #_sourceLocation) throws {
        for _ in 0..<4 {
            let synced = try sync(sourceLocation: sourceLocation)
            if synced.state == "up_to_date", synced.waiting == 0 { return }
        }
        Issue.record("not up to date after four times", sourceLocation: sourceLocation)
    }
}
