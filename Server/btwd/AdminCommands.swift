import ArgumentParser
import Foundation
import SyncServer
import SyncServerSQLite

/// The data folder, an option of every command.
struct DataOption: ParsableArguments {
    @Option(help: "The daemon's folder; ~/ at its beginning is your own.") var data: String

    func validate() throws {
        guard data.hasPrefix("~"), data != "~", !data.hasPrefix("~/") else { return }
        throw ValidationError("--data begins with ~ and a name. For a folder that is called so, write ./ before it.")
    }

    var folder: DataFolder { DataFolder(path: URL(fileURLWithPath: expanded).path, engine: SQLiteEngine.self) }

    /// Expands `~` with `HOME`, as btw does; Foundation would ask the system instead.
    private var expanded: String {
        guard data == "~" || data.hasPrefix("~/"), let home = ProcessInfo.processInfo.environment["HOME"], !home.isEmpty
        else { return data }
        return home + data.dropFirst()
    }
}

struct EnrollCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "enroll", abstract: "Print a string with which one new person connects: btw connect STRING.")

    @OptionGroup var data: DataOption
    @Option(name: .customLong("for"), help: "How long it is good: 30m, 24h, 7d.") var lifetime = "24h"

    func run() async throws {
        guard let seconds = Lifetime.seconds(lifetime), (1...AdminRequest.secondsMax).contains(seconds) else {
            throw ValidationError("\(lifetime) is no such time: 30m, 24h or 7d, a year at most.")
        }
        Output.print(try await AdminClient.perform(.enroll(seconds: seconds), in: data.folder))
    }
}

/// A duration as a number and a unit, such as `24h`.
enum Lifetime {
    static func seconds(_ text: String) -> Int? {
        let units: [Character: Int] = ["s": 1, "m": 60, "h": 3600, "d": 24 * 3600]
        guard let unit = text.last.flatMap({ units[$0] }), let count = Int(text.dropLast()), count > 0,
            String(count) == text.dropLast()
        else { return nil }
        let (seconds, isTooMany) = count.multipliedReportingOverflow(by: unit)
        return isTooMany ? nil : seconds
    }
}

struct BackupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "Write a copy of everything, the server's key too, while it serves.")

    @OptionGroup var data: DataOption
    @Argument(help: "The new file; keep it as safe as the folder.") var file: String

    func run() async throws {
        Output.print(try await AdminClient.perform(.backup(path: URL(fileURLWithPath: file).path), in: data.folder))
    }
}

struct RestoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore", abstract: "Put a backup into an empty folder; devices find the same server again.")

    @OptionGroup var data: DataOption
    @Argument(help: "What btwd backup wrote.") var file: String

    func run() async throws {
        try AdminClient.restore(file, to: data.folder)
        Output.print("Restored. Serve it: btwd serve --data \(data.folder.path)")
    }
}

struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "What the server holds, in numbers.")

    @OptionGroup var data: DataOption
    @Flag(help: "One line of JSON.") var json = false

    func run() async throws {
        let status = try await AdminClient.perform(.status, in: data.folder)
        Output.print(json ? status : try StatusText.text(ofJSON: status))
    }
}

struct DeviceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "device", abstract: "Devices.", subcommands: [BlockCommand.self, KeepCommand.self])
}

struct BlockCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "block", abstract: "Refuse a device from now on; what it brought stays.")

    @OptionGroup var device: DeviceArgument

    func run() async throws { try await device.perform(AdminRequest.init(blocking:)) }
}

struct KeepCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keep", abstract: "Leave a device enrolled, also when it is removed from its last space.")

    @OptionGroup var device: DeviceArgument

    func run() async throws { try await device.perform(AdminRequest.init(keeping:)) }
}

/// A device of a server.
struct DeviceArgument: ParsableArguments {
    @OptionGroup var data: DataOption
    @Argument(help: "Its id, 26 characters.") var id: String

    func perform(_ request: (String) -> AdminRequest?) async throws {
        guard let request = request(id) else { throw ValidationError("\(id) is no id of a device.") }
        Output.print(try await AdminClient.perform(request, in: data.folder))
    }
}

struct SpaceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "space", abstract: "Spaces.", subcommands: [SettleCommand.self])
}

struct SettleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "settle", abstract: "Name the head that stands, where a membership log has forked.")

    @OptionGroup var data: DataOption
    @Argument(help: "The space's id.") var space: String
    @Argument(help: "The record's hash, as devices show it.") var head: String

    func run() async throws {
        guard let request = AdminRequest(settling: space, at: head) else {
            throw ValidationError("That is no space's id and record's hash.")
        }
        Output.print(try await AdminClient.perform(request, in: data.folder))
    }
}

/// The text of `btwd status`.
enum StatusText {
    private struct Status: Decodable {
        struct Space: Decodable {
            let bytes: Int
            let edits: Int
            let id: String
            let records: Int
            let quarantined: Int
            let quarantined_bytes: Int
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
            if space.quarantined > 0 {
                let batches = "\(space.quarantined) batch\(space.quarantined == 1 ? "" : "es")"
                parts.append("\(batches) quarantined (\(count(space.quarantined_bytes, "byte")))")
            }
            lines.append("\(space.id): \(parts.joined(separator: ", "))")
        }
        return lines.joined(separator: "\n")
    }

    private static func count(_ number: Int, _ noun: String) -> String {
        "\(number) \(noun)\(number == 1 ? "" : "s")"
    }
}
