import ArgumentParser

/// The root command; each subcommand is a type of its own.
struct BtwdCommand: AsyncParsableCommand {
    static let version = "0.1.0"

    static let configuration = CommandConfiguration(
        commandName: "btwd", abstract: "The daemon that merges what devices write, and cannot read it.",
        version: "btwd \(version), protocol 1",
        subcommands: [
            ServeCommand.self, EnrollCommand.self, BackupCommand.self, RestoreCommand.self, DeviceCommand.self,
            StatusCommand.self, SpaceCommand.self,
        ])
}
