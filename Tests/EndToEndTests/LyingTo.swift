import CanonicalJSON
import Causality
import Foundation
import Testing

/// An alarm of `btw sync --json`, with the device's name.
struct HeardAlarm: Hashable {
    let code: String
    /// `nil` for an alarm without a device.
    var device: String?
    var edits = 0

    static func withheld(_ device: String?, _ edits: Int) -> Self {
        Self(code: "withheld", device: device, edits: edits)
    }
    static func stuck(_ device: String, _ edits: Int = 0) -> Self { Self(code: "stuck", device: device, edits: edits) }
    static func forked(_ device: String) -> Self { Self(code: "forked", device: device) }
    static let unproved = Self(code: "unproved")
}

extension Fixture {
    /// The time in which a command that talks to a lying server must end, as long as the server answers.
    static let patience = Duration.seconds(20)

    /// Runs a command that must end soon.
    func briefly(_ arguments: String..., sourceLocation: SourceLocation = #_sourceLocation) throws -> Ran {
        let start = ContinuousClock.now
        let ran = try run(arguments.map { Array($0.utf8) })
        let time = ContinuousClock.now - start
        #expect(time < Self.patience, "btw \(arguments) took \(time)", sourceLocation: sourceLocation)
        return ran
    }

    /// Syncs with a lying server, and reports exactly this alarm, in text and as JSON; exit 6.
    ///
    /// - Parameter words: the text of the alarm, besides that all is safe and the next command.
    func hears(
        _ alarms: [HeardAlarm], missing: Int = 0, _ words: String..., sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let ran = try briefly("sync", sourceLocation: sourceLocation)
        #expect(ran.exit == 6 && ran.err == "", "\(ran.exit): \(ran.out)\(ran.err)", sourceLocation: sourceLocation)
        for words in words + ["What is written here is safe and in view", "\nNext: btw sync"] {
            #expect(ran.out.contains(words), "\(ran.out)", sourceLocation: sourceLocation)
        }
        let synced = try Synced(parsing: briefly("--json", "sync", sourceLocation: sourceLocation))
        #expect(synced.ran.exit == 6 && synced.state == "unsettled", sourceLocation: sourceLocation)
        #expect(synced.json["missing"]?.asInteger == missing, "\(synced.ran.out)", sourceLocation: sourceLocation)
        #expect(
            try heard(synced) == alarms.sorted { $0.code + ($0.device ?? "") < $1.code + ($1.device ?? "") },
            "\(synced.ran.out)", sourceLocation: sourceLocation)
    }

    /// The alarms of a sync, with the names of devices.
    func heard(_ synced: Synced) throws -> [HeardAlarm] {
        let names = try Dictionary(devices().map { ($0.id, $0.isThis ? "this device" : $0.name) }) { $1 }
        return (synced.json["alarms"]?.asArray ?? []).map { alarm in
            HeardAlarm(
                code: alarm["code"]?.asText ?? "", device: alarm["device"]?.asText.map { names[$0] ?? $0 },
                edits: alarm["edits"]?.asInteger ?? -1)
        }.sorted { $0.code + ($0.device ?? "") < $1.code + ($1.device ?? "") }
    }

    func devices() throws -> [(id: String, name: String, isThis: Bool)] {
        try does("device", "--json").lines.map { line in
            let json = try JSONValue(parsing: line.utf8)
            return (json["id"]?.asText ?? "", json["name"]?.asText ?? "", json["this"] == true)
        }
    }

    func id(of name: String) throws -> String { try #require(devices().first { $0.name == name }?.id) }

    /// Writes a note.
    ///
    /// - Returns: its line in the list.
    @discardableResult
    func writes(_ text: String, sourceLocation: SourceLocation = #_sourceLocation) throws -> ReplicaID {
        let note = try makes("note", text, sourceLocation: sourceLocation)
        return try #require(note.replicas.first.flatMap { ReplicaID($0) }, sourceLocation: sourceLocation)
    }

    /// All of these become up to date, have the same entries, these texts among them, and are sound.
    static func heal(_ fixtures: Fixture..., with texts: String..., sourceLocation: SourceLocation = #_sourceLocation)
        throws
    {
        for fixture in fixtures + fixtures { try fixture.getsUpToDateSoon(sourceLocation: sourceLocation) }
        let exports = try fixtures.map { try $0.export(sourceLocation: sourceLocation) }
        for export in exports { #expect(export == exports[0], sourceLocation: sourceLocation) }
        for text in texts { #expect(exports[0].contains(text), "\(text)", sourceLocation: sourceLocation) }
        for fixture in fixtures { try fixture.isSound(sourceLocation: sourceLocation) }
    }
}
