import Causality
import Foundation
import Link
import Synchronization
import Testing
import Wire

/// A message between a device and the server.
enum Passing: Sendable {
    /// To the device.
    case down(Message)
    /// To the server.
    case up(Message)
    /// To the device, repeatedly until it closes the connection.
    case flood(Message)
}

/// A lying server: it has the key of a real `btwd`, relays to it, and can replace messages.
///
/// A server's owner has that key, and so has the reader of a backup. The signature with which a device authenticates
/// covers the key that it was shown, so the real server behind accepts it. Until it is told to lie, and again once it
/// is told to be honest, every message passes unchanged.
final class LyingDaemon: Sendable {
    /// Replaces a message by others; `nil` lets it pass.
    typealias Lie = @Sendable (Passing) -> [Passing]?

    private let fixture: Fixture
    private let post: Post
    private let listener: LinkServer
    private let serving: Task<Void, Never>
    private let daemon: Mutex<Daemon>

    /// A laptop that is connected to a liar, which is honest at first, and a phone that joined it.
    ///
    /// - Parameter text: the text of a note that the laptop wrote before, if any.
    static func withPhone(writing text: String? = nil) throws -> (laptop: Fixture, liar: LyingDaemon, phone: Fixture) {
        let laptop = try Fixture()
        let liar = try LyingDaemon(laptop)
        if let text { try laptop.writes(text) }
        try laptop.connect()
        return (laptop, liar, try laptop.joined(by: "phone"))
    }

    /// Starts the real server in a folder of the fixture, and the liar before it; strings contain the liar's address.
    init(_ fixture: Fixture, _ folder: String = "server") throws {
        // The liar needs the key first, and the strings need the liar's port.
        try Daemon(fixture, folder).stop()
        let path = fixture.folder.path + "/" + folder + "/identity.pem"
        let identity = try ServerIdentity(pem: String(contentsOfFile: path, encoding: .utf8))
        let thread = LiarThread()
        let here = try #require(Endpoint("127.0.0.1:0"))
        let listener = try thread.wait { try await LinkServer.bind(to: here, identity: identity) }
        let daemon = try Daemon(fixture, folder, options: ["--advertise", listener.endpoint.description])
        let post = Post(try #require(Endpoint(daemon.address)), identity.pin)
        // Ends when the liar stops listening, which it does when its last reference is gone.
        serving = Task(executorPreference: thread) {
            await listener.run { await post.serve($0) }
        }
        self.fixture = fixture
        self.listener = listener
        self.post = post
        self.daemon = Mutex(daemon)
    }

    deinit {
        listener.stop()
        serving.cancel()
    }

    /// `HOST:PORT` as devices know it.
    var address: String { listener.endpoint.description }

    /// Lies during `body`, which must give occasion to it, and is honest afterwards.
    func lying<Result>(
        _ lie: @escaping Lie, sourceLocation: SourceLocation = #_sourceLocation,
        while body: () throws -> Result
    ) rethrows -> Result {
        lies(lie)
        defer {
            let count = isHonest()
            #expect(count > 0, "no lie was told", sourceLocation: sourceLocation)
        }
        return try body()
    }

    /// Lies from now on.
    func lies(_ lie: @escaping Lie) { post.lie(lie) }

    /// Is honest from now on.
    ///
    /// - Returns: how many lies were told.
    @discardableResult
    func isHonest() -> Int { post.beHonest() }

    /// Stops the real server, lets `body` change its folder, and restarts it there or in another folder.
    func restarted(from folder: String = "server", changing body: () throws -> Void = {}) throws {
        #expect(daemon.withLock { $0 }.stop().exit == 0)
        try body()
        let next = try Daemon(fixture, folder, options: ["--advertise", address])
        post.stand(before: try #require(Endpoint(next.address)))
        daemon.withLock { $0 = next }
    }

    /// From now on devices meet another real server, which has the same key.
    func show(_ other: Daemon) throws { post.stand(before: try #require(Endpoint(other.address))) }

    func showsItsOwn() throws { try show(daemon.withLock { $0 }) }

    func stop(sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(daemon.withLock { $0 }.stop().exit == 0, sourceLocation: sourceLocation)
    }
}

/// The liar's target, and its lies.
private final class Post: Sendable {
    private struct Order {
        var lie: LyingDaemon.Lie?
        var lieCount = 0
        var server: Endpoint
    }

    private let order: Mutex<Order>
    private let pin: Pin

    init(_ server: Endpoint, _ pin: Pin) {
        order = Mutex(Order(server: server))
        self.pin = pin
    }

    func stand(before server: Endpoint) { order.withLock { $0.server = server } }

    func lie(_ lie: @escaping LyingDaemon.Lie) {
        order.withLock { ($0.lie, $0.lieCount) = (lie, 0) }
    }

    /// - Returns: how many lies it told.
    func beHonest() -> Int {
        order.withLock { order in
            order.lie = nil
            return order.lieCount
        }
    }

    /// Relays messages between a device and the real server until either closes.
    func serve(_ device: LinkConnection) async {
        // The real server decides on the device's authentication and limits.
        device.authenticated()
        let place = order.withLock(\.server)
        guard let server = try? await LinkClient.connect(to: place, pin: pin, timeout: .seconds(10)) else { return }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.pass(from: device, Passing.up, device, server) }
            group.addTask { await self.pass(from: server, Passing.down, device, server) }
            await group.next()
            group.cancelAll()
        }
        await server.close()
    }

    private func pass(
        from source: LinkConnection, _ way: @Sendable (Message) -> Passing, _ device: LinkConnection,
        _ server: LinkConnection
    ) async {
        while let received = try? await source.receive() {
            guard let message = received.message else { continue }
            for passing in said(way(message)) {
                do throws(LinkError) {
                    switch passing {
                    case .down(let message): try await device.send(message)
                    case .up(let message): try await server.send(message)
                    case .flood(let message): while !Task.isCancelled { try await device.send(message) }
                    }
                } catch {
                    return
                }
            }
        }
    }

    private func said(_ passing: Passing) -> [Passing] {
        // Called outside of the lock, since a lie may take its time.
        guard let said = order.withLock(\.lie)?(passing) else { return [passing] }
        order.withLock { $0.lieCount += 1 }
        return said
    }
}

/// The liar's own thread: tests block the shared threads while they wait for programs that talk to the liar.
private final class LiarThread: TaskExecutor {
    private let queue = DispatchQueue(label: "between.liar")

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }

    /// Runs work on that thread, and waits for it on this one.
    func wait<Value: Sendable>(_ work: @escaping @Sendable () async throws -> Value) throws -> Value {
        let done = DispatchSemaphore(value: 0)
        let result = Mutex<Result<Value, any Error>?>(nil)
        // Waited for below.
        Task(executorPreference: self) {
            do {
                let value = try await work()
                result.withLock { $0 = .success(value) }
            } catch {
                result.withLock { $0 = .failure(error) }
            }
            done.signal()
        }
        done.wait()
        guard let result = result.withLock({ $0 }) else { preconditionFailure("signalled after it was set") }
        return try result.get()
    }
}
