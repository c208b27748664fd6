import Foundation

/// The text of `btwd status`.
enum StatusText {
    private struct Status: Decodable {
        struct Space: Decodable {
            let bytes: Int
            let edits: Int
            let id: String
            let records: Int
            let set_aside: Int
            let set_aside_bytes: Int
        }

        let blocked: Int
        let connections: Int?
        let enrolled: Int
        let enrolled_devices: [String]
        let read_only: Bool
        let running: Bool
        let spaces: [Space]
    }

    static func text(ofJSON json: String) throws -> String {
        let status = try JSONDecoder().decode(Status.self, from: Data(json.utf8))
        var lines = [status.running ? "Running, \(status.connections ?? 0) connected." : "Not running."]
        lines.append("Enrolled: \(status.enrolled). Blocked: \(status.blocked).")
        lines += status.enrolled_devices.map { "  \($0) is enrolled" }
        if status.read_only { lines.append("The folder may not be written: nothing new is taken.") }
        if status.spaces.isEmpty { lines.append("No spaces yet. Let somebody in: btwd enroll --data DIR") }
        for space in status.spaces {
            var parts = [
                count(space.edits, "edit"), count(space.bytes, "byte"), count(space.records, "membership record"),
            ]
            if space.set_aside > 0 {
                let batches = "\(space.set_aside) batch\(space.set_aside == 1 ? "" : "es")"
                parts.append("\(batches) set aside (\(count(space.set_aside_bytes, "byte")))")
            }
            lines.append("\(space.id): \(parts.joined(separator: ", "))")
        }
        return lines.joined(separator: "\n")
    }

    private static func count(_ number: Int, _ noun: String) -> String {
        "\(number) \(noun)\(number == 1 ? "" : "s")"
    }
}
