package import Between
package import CanonicalJSON
package import Causality

/// The outcome of a sync, for people and for scripts.
package struct SyncText: Sendable {
    /// The names of devices; `nil` for a device without a name.
    private let deviceNames: [DeviceID: String?]

    package init(deviceNames: [DeviceID: String?]) { self.deviceNames = deviceNames }

    /// 6 if the server withholds something or claims it without proof; a forked feed is not the server's fault.
    package static func exit(of outcome: JournalSpace.SyncOutcome) -> Int32 {
        outcome.state == .unsettled || outcome.missing > 0 || outcome.alarms.contains { $0.code != .forked }
            ? Failure.Exit.misbehaving.rawValue : 0
    }

    /// - Parameter over: alarms that were reported before, and that this outcome ends.
    package func sentences(_ outcome: JournalSpace.SyncOutcome, over: [SyncAlarm] = []) -> String {
        let server = outcome.server ?? ""
        let alarms = alarms(outcome.alarms, missing: outcome.missing, of: server)
        let before = over.compactMap { self.over($0, of: server) }
        switch outcome.state {
        case .local, .offline, .refused: return (before + [moved(outcome)]).joined(separator: "\n")
        case .unsettled:
            return
                (before + (alarms.isEmpty ? ["Not up to date with \(server)."] : alarms) + [
                    "What is written here is safe and in view (\(outcome.waiting) waiting).", Self.advice(server),
                ]).joined(separator: "\n")
        case .upToDate where outcome.hasActiveAlarm:
            let safe = ["What is written here is safe and in view.", Self.advice(server)]
            return (before + alarms + [moved(outcome)] + safe).joined(separator: "\n")
        case .upToDate: return (before + alarms + [moved(outcome)]).joined(separator: "\n")
        }
    }

    /// The outcome without its alarms.
    package func moved(_ outcome: JournalSpace.SyncOutcome) -> String {
        let server = outcome.server ?? ""
        switch outcome.state {
        case .local: return SyncCommand.keptHere
        case .offline where outcome.refusal == "full":
            return
                "Saved here. \(server) has no room left; it is sent as soon as there is (\(outcome.waiting) waiting)."
        case .offline: return "Saved here. Will sync when \(server) is reachable (\(outcome.waiting) waiting)."
        case .refused: return "\(server) refused. Everything is kept here (\(outcome.waiting) waiting)."
        case .unsettled:
            return "Not up to date with \(server): \(outcome.sent) sent, \(outcome.received) received."
        case .upToDate:
            var parts: [String] = []
            if outcome.putBack > 0 {
                let changes = outcome.putBack.counting("change", "changes")
                parts.append("The server was restored from an older backup; \(changes) put back, nothing lost.")
            }
            if outcome.renewedKeys {
                parts.append("The newest key of this journal was no good; this device gave it a new one.")
            }
            if outcome.missesNewestKey { parts.append(JournalSpace.missesNewestKey) }
            let moved = outcome.sent + outcome.received > 0
            let upToDate = outcome.hasActiveAlarm ? "Everything else is up to date" : "Up to date"
            parts.append(moved ? "\(upToDate): \(outcome.sent) sent, \(outcome.received) received." : "\(upToDate).")
            return parts.joined(separator: " ")
        }
    }

    /// The advice for a server that misbehaves.
    static func help(_ server: String) -> String {
        "btw sync, a little later; if it stays so, ask whoever runs \(server)"
    }

    package static func advice(_ server: String) -> String { "Next: \(help(server))" }

    /// One sentence per alarm.
    package func alarms(_ alarms: [SyncAlarm], missing: Int, of server: String) -> [String] {
        (alarms + (missing > 0 ? [SyncAlarm(.missing, edits: missing)] : [])).map { sentence($0, of: server) }
    }

    /// The alarm as a sentence.
    package func sentence(_ alarm: SyncAlarm, of server: String) -> String {
        let device = name(of: alarm)
        let changes = alarm.edits > 0 ? alarm.edits.counting("change", "changes") : "changes"
        return switch alarm.code {
        case .withheld: "\(server) holds back \(changes) of \(device)."
        case .stuck: "\(server) does not take \(changes) of \(device), and shows no reason that holds."
        case .forked:
            "\(device) was copied or put back, and wrote twice under one name: written again, nothing lost."
        case .unproved:
            "\(server) claims something of this journal or device, and shows no proof. Nothing here moved."
        case .flooded:
            "\(server) sends ever more changes that do not fit this journal. It was not heard to the end."
        case .missing: "\(server) holds back what \(alarm.edits.counting("change says", "changes say"))."
        }
    }

    /// The sentence for the end of an alarm; `nil` for a past event, which has no end.
    package func over(_ alarm: SyncAlarm, of server: String) -> String? {
        switch alarm.code {
        case .withheld: "\(server) holds back nothing of \(name(of: alarm)) any more."
        case .stuck: "\(server) takes what is of \(name(of: alarm)) again."
        case .forked: nil
        case .unproved: "\(server) claims nothing without proof any more."
        case .flooded: "\(server) was heard to the end again."
        case .missing: "\(server) holds back nothing of what changes say any more."
        }
    }

    private func name(of alarm: SyncAlarm) -> String {
        alarm.device.flatMap { deviceNames[$0] ?? nil }.map(TerminalEscaping.line) ?? "a device"
    }

    package static func json(_ alarms: [SyncAlarm]) -> JSONValue {
        .array(
            alarms.map { alarm in
                [
                    "code": .text(Text(alarm.code.rawValue)),
                    "device": alarm.device.map { .text(Text($0.description)) } ?? .null,
                    "edits": .integer(alarm.edits),
                ]
            })
    }

    package static func json(_ outcome: JournalSpace.SyncOutcome, seconds: Double) -> JSONValue {
        let state =
            switch outcome.state {
            case .local: "local"
            case .upToDate: outcome.waiting > 0 ? "waiting" : "up_to_date"
            case .offline: "offline"
            case .refused: "refused"
            case .unsettled: "unsettled"
            }
        var members: JSONObject = [
            "alarms": json(outcome.alarms), "missing": .integer(outcome.missing), "put_back": .integer(outcome.putBack),
            "received": .integer(outcome.received), "seconds": .number((seconds * 1000).rounded() / 1000),
            "sent": .integer(outcome.sent), "server": outcome.server.map { .text(Text($0)) } ?? .null,
            "state": .text(Text(state)), "waiting": .integer(outcome.waiting),
        ]
        if outcome.renewedKeys { members["renewed_keys"] = true }
        if outcome.missesNewestKey { members["lacks_newest_key"] = true }
        return .object(members)
    }
}

extension JournalSpace.SyncOutcome {
    /// Whether an alarm is in effect, so that not everything can be up to date.
    fileprivate var hasActiveAlarm: Bool { missing > 0 || alarms.contains { !$0.isHistory } }
}
