import ArgumentParser
import Foundation
import Link
import Logging
import ServiceLifecycle
import SyncServer
import UnixSignals

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Serve devices until SIGTERM or SIGINT.",
        discussion:
            "Prints `btwd listening on ADDRESS` on standard output as soon as devices can connect, with the port "
            + "that was chosen; strings carry that address, or the one of --advertise.")

    @OptionGroup var data: DataOption
    @Option(help: "Where to listen; port 0 lets the system choose.") var listen = "127.0.0.1:7420"
    @Option(help: "Where devices reach it, if elsewhere: what strings carry.") var advertise: String?

    @Option(help: "Gibibytes that one enrolled person may store, in all spaces together.") var personGib: Int?
    @Option(help: "Edits that one enrolled person may store, in all spaces together.") var personEdits: Int?
    @Option(help: "Spaces that one enrolled person may found.") var personSpaces: Int?
    @Option(help: "Membership records that one space takes a day.") var dayRecords: Int?

    /// The quotas of the options.
    private func storeLimits() throws -> StoreLimits {
        var limits = StoreLimits()
        for (name, value) in [
            ("person-gib", personGib), ("person-edits", personEdits), ("person-spaces", personSpaces),
            ("day-records", dayRecords),
        ] where value.map({ !(1...1_000_000_000).contains($0) }) ?? false {
            throw ValidationError("--\(name) is a number from 1 on.")
        }
        if let personGib {
            limits.bytesPerPersonMax = personGib << 30
            limits.bytesPerSpaceMax = limits.bytesPerPersonMax
        }
        if let personEdits {
            limits.editsPerPersonMax = personEdits
            limits.editsPerSpaceMax = personEdits
        }
        limits.spacesPerPersonMax = personSpaces ?? limits.spacesPerPersonMax
        limits.recordsPerDayMax = dayRecords ?? limits.recordsPerDayMax
        return limits
    }

    func run() async throws {
        SocketLimit.raise()
        let limits = try storeLimits()
        let listen = try endpoint(listen)
        let advertise = try advertise.map(endpoint)
        LoggingSystem.bootstrap { StreamLogHandler.standardError(label: $0) }
        let logger = Logger(label: "btwd")
        let daemon = try await SyncDaemon.start(
            in: data.folder, listen: listen, advertise: advertise, storeLimits: limits
        ) { ServerLog.write($0, to: logger) }
        let group = ServiceGroup(
            configuration: .init(
                services: [
                    .init(service: DaemonService(daemon: daemon), successTerminationBehavior: .gracefullyShutdownGroup)
                ],
                gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
        try await group.run()
    }

    private func endpoint(_ text: String) throws -> Endpoint {
        guard let endpoint = Endpoint(text) else {
            throw ValidationError("\(text) is no address: HOST:PORT, as 127.0.0.1:7420 or [::1]:7420.")
        }
        return endpoint
    }
}

/// The limit of open files and sockets of this process.
private enum SocketLimit {
    /// Raises the limit to the maximum that the system allows, since each connection is a file.
    static func raise() {
        var limit = rlimit()
        #if os(Linux)
            let files = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        #else
            let files = RLIMIT_NOFILE
        #endif
        guard getrlimit(files, &limit) == 0, limit.rlim_cur < limit.rlim_max else { return }
        limit.rlim_cur = limit.rlim_max
        // If that fails, it serves as many connections as it can.
        _ = setrlimit(files, &limit)
    }
}

/// Stops the daemon on a graceful shutdown.
private struct DaemonService: Service {
    let daemon: SyncDaemon

    func run() async {
        // Printed only once signals are handled, since a script that waits for the line may send one at once.
        Output.print("btwd listening on \(daemon.endpoint)")
        await withGracefulShutdownHandler {
            await daemon.run()
        } onGracefulShutdown: {
            daemon.stop()
        }
    }
}
