import Link
import SyncServer
import TestSupport
import Testing

/// A folder whose path is too long for a socket.
@Suite struct LongPathTests {
    @Test func aDaemonThatCannotBeHeardServesAndItsAdministratorIsToldWhy() async throws {
        let folder = try TemporaryFolder()
        let data = DataFolder(path: folder.path + "/" + String(repeating: "l", count: ControlSocket.pathLengthMax))
        let (events, event) = AsyncStream.makeStream(of: Bool.self)
        let daemon = try await SyncDaemon.start(
            in: data, listen: try #require(Endpoint("127.0.0.1:0")), advertise: nil
        ) { if case .unheard = $0 { event.yield(true) } }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await daemon.run() }
            defer { daemon.stop() }
            let error = await #expect(throws: DaemonError.self) {
                _ = try await AdminClient.perform(.enroll(seconds: 60), in: data)
            }
            #expect(error?.code == .unusable && error?.message.contains("too long for a socket") == true)
        }
        event.finish()
        #expect(await events.first { $0 } == true)
        // Once it is stopped, requests are performed on the files.
        #expect(try await AdminClient.perform(.enroll(seconds: 60), in: data).hasPrefix("btw1"))
    }
}
