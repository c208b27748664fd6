import ArgumentParser
import CProcessPrivacy
import Foundation
import SyncServer

/// The root command; each subcommand is a type of its own.
struct BtwdCommand: AsyncParsableCommand {
    private static let version = "0.1.0"

    static let configuration = CommandConfiguration(
        commandName: "btwd", abstract: "The daemon that merges what devices write, and cannot read it.",
        version: "btwd \(version), protocol 1",
        subcommands: [
            ServeCommand.self, EnrollCommand.self, BackupCommand.self, RestoreCommand.self, DeviceCommand.self,
            StatusCommand.self, SpaceCommand.self,
        ])
}

/// Exit codes are those of `btw`: 2 for usage, where ArgumentParser would exit with 64.
@main enum Main {
    static func main() async {
        // Must come before the server's key is read.
        between_keep_memory_private()
        // A closed pipe is an error of that write, and must not end the process.
        signal(SIGPIPE, SIG_IGN)
        do {
            var command = try BtwdCommand.parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch let error as DaemonError {
            Output.warn("btwd: \(error.message)\n\(error.next)")
            switch error.code {
            case .notFound: exit(1)
            case .usage: exit(2)
            case .unusable: exit(4)
            }
        } catch {
            let message = BtwdCommand.fullMessage(for: error)
            guard BtwdCommand.exitCode(for: error) == .success else {
                Output.warn(message)
                exit(2)
            }
            Output.print(message)
        }
    }
}
