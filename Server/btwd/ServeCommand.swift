import ArgumentParser
import Link
import Logging
import ServiceLifecycle
import SyncServer
import UnixSignals

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Serve devices until SIGTERM or SIGINT.")

    @OptionGroup var data: DataOption
    @Option(help: "Where to listen; port 0 lets the system choose.") var listen = "127.0.0.1:7420"
    @Option(help: "Where devices reach it, if elsewhere: what strings carry.") var advertise: String?

    func run() async throws {
        let listen = try endpoint(listen)
        let advertise = try advertise.map(endpoint)
        LoggingSystem.bootstrap { StreamLogHandler.standardError(label: $0) }
        let logger = Logger(label: "btwd")
        let daemon = try await SyncDaemon.start(in: data.folder, listen: listen, advertise: advertise) { event in
            ServerLog.write(event, to: logger)
        }
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

/// Stops the daemon when the process is asked to.
private struct DaemonService: Service {
    let daemon: SyncDaemon

    func run() async {
        // Said only now that the process may be asked to stop: whoever waits for the line may do that at once.
        Output.say("btwd listening on \(daemon.endpoint)")
        await withGracefulShutdownHandler {
            await daemon.run()
        } onGracefulShutdown: {
            daemon.stop()
        }
    }
}
