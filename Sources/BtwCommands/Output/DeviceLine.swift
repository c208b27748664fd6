package import Between
package import CanonicalJSON
import Causality
package import Records

/// A device of the journal, as `btw device` prints it.
package struct DeviceLine: Sendable {
    private let device: JournalSpace.Device

    package init(_ device: JournalSpace.Device) { self.device = device }

    /// The form for scripts; its members are stable.
    package var json: JSONValue {
        func text(_ text: String?) -> JSONValue { text.map { .text(Text($0)) } ?? .null }
        var members: JSONObject = [
            "added": text(device.added?.description), "fingerprint": text(device.fingerprint),
            "id": text(device.id.description), "last_heard": text(device.lastHeard?.description),
            "last_sync": text(device.lastSync?.description),
            "name": text(device.name), "this": .bool(device.isThis),
        ]
        if device.isUnbound { members["unbound"] = true }
        return .object(members)
    }

    /// `laptop · 7k2 · 3f0a 91c2 5d11 08ee · this device · added 2026-10-16 10:00 · last heard 2026-10-16 10:04 ·
    /// up to date 2026-10-16 10:05`.
    ///
    /// - Parameters:
    ///   - id: the shortest prefix of its id that is unique.
    ///   - when: a point in time on the clock here.
    package func text(id: String, style: OutputStyle, when: (Timestamp) -> String) -> String {
        var parts = [TerminalEscaping.line(device.name ?? "no name"), id, device.fingerprint]
        if device.isThis { parts.append("this device") }
        if let added = device.added { parts.append("added \(when(added))") }
        if device.isUnbound { parts.append("of an earlier version; a new one: btw recovery new") }
        if let lastHeard = device.lastHeard {
            parts.append("last heard \(when(lastHeard))")
        } else if !device.isHeard {
            parts.append("never heard")
        }
        if let lastSync = device.lastSync { parts.append("up to date \(when(lastSync))") }
        return parts.joined(separator: style.separator)
    }
}
