import Causality
import Foundation
package import Link
import SQLiteFile
package import Wire

/// A running server: its store, connections and control socket.
package final class SyncDaemon: Sendable {
    /// The address that it listens at, with the port that the system chose.
    package var endpoint: Endpoint { link.endpoint }

    private let folder: DataFolder
    private let store: any AdministeredStore
    private let identity: ServerIdentity
    private let link: LinkServer
    private let control: ControlSocket?
    private let hub: Hub
    private let advertised: Endpoint
    private let log: @Sendable (ServerEvent) -> Void

    private init(
        folder: DataFolder, store: any AdministeredStore, identity: ServerIdentity, link: LinkServer,
        control: ControlSocket?, hub: Hub, advertised: Endpoint, log: @escaping @Sendable (ServerEvent) -> Void
    ) {
        self.folder = folder
        self.store = store
        self.identity = identity
        self.link = link
        self.control = control
        self.hub = hub
        self.advertised = advertised
        self.log = log
    }

    /// Opens the folder, creates missing files, and listens.
    ///
    /// - Parameters:
    ///   - folder: the daemon's folder; its lock is held until ``run()`` returns.
    ///   - listen: the address; port 0 lets the system choose.
    ///   - advertise: the address in enrolment strings, if devices reach the server at another one.
    ///   - log: gets the events, on any thread.
    /// - Throws: ``DaemonError``.
    package static func start(
        in folder: DataFolder, listen: Endpoint, advertise: Endpoint?, limits: ServingLimits = ServingLimits(),
        storeLimits: StoreLimits = StoreLimits(),
        log: @escaping @Sendable (ServerEvent) -> Void
    ) async throws(DaemonError) -> SyncDaemon {
        do {
            let first = try await bindFirst(folder, listen, limits, log)
            let (store, identity) = try open(folder, making: first?.identity, storeLimits)
            guard first == nil || first?.identity.keyHash == identity.keyHash else {
                throw DaemonError(
                    .unusable, "Another btwd was started on \(folder.path) at the same time. Nothing was changed.",
                    next: "Try again.")
            }
            let link =
                if let first { first.link } else {
                    try await bind(listen, identity, limits, log)
                }
            for file in folder.privateFiles {
                guard let isClosed = PrivateFile.closeToOthers(file) else { continue }
                log(.reachable(String(file.dropFirst(folder.path.count + 1)), isClosed: isClosed))
            }
            // Without it, administration works only while no daemon runs; a path too long for a socket must not
            // prevent syncing.
            let control = try? await ControlSocket.bind(at: folder.control)
            if control == nil { log(.unheard) }
            try folder.write((advertise ?? link.endpoint).description, to: folder.advertised)
            try folder.write(link.endpoint.description + "\n", to: folder.address)
            log(.listening(link.endpoint))
            return SyncDaemon(
                folder: folder, store: store, identity: identity, link: link, control: control, hub: Hub(limits),
                advertised: advertise ?? link.endpoint, log: log)
        } catch let error as DaemonError {
            throw error
        } catch let error as LinkError {
            throw DaemonError(error, at: listen, in: folder)
        } catch let error as any StoreEngineError {
            throw DaemonError(error, in: folder)
        } catch {
            throw DaemonError(.unusable, "The server did not start. Nothing was changed.", next: "Try again.")
        }
    }

    /// Listens before there is a folder, so that a taken address leaves no files behind. `nil` if there is a server
    /// already: then the folder is opened first, so that a second start reports that the server runs.
    private static func bindFirst(
        _ folder: DataFolder, _ listen: Endpoint, _ limits: ServingLimits,
        _ log: @escaping @Sendable (ServerEvent) -> Void
    ) async throws -> (identity: ServerIdentity, link: LinkServer)? {
        guard try folder.read(folder.identity) == nil else { return nil }
        let identity = try ServerIdentity.make()
        return (identity, try await bind(listen, identity, limits, log))
    }

    private static func bind(
        _ listen: Endpoint, _ identity: ServerIdentity, _ limits: ServingLimits,
        _ log: @escaping @Sendable (ServerEvent) -> Void
    ) async throws(LinkError) -> LinkServer {
        try await LinkServer.bind(to: listen, identity: identity, limits: limits.link) { log(.starved($0)) }
    }

    /// Opens the store and reads the key; creates both at the first start.
    ///
    /// - Parameter identity: the key to store if there is none yet; `nil` to make one.
    static func open(
        _ folder: DataFolder, making identity: ServerIdentity? = nil, _ limits: StoreLimits = StoreLimits()
    ) throws(DaemonError) -> (any AdministeredStore, ServerIdentity) {
        do {
            try folder.prepare()
            // The key is written last: if it exists, a store did too.
            let hadKey = try folder.read(folder.identity) != nil
            let engine = try folder.engine.open(in: folder, createIfMissing: !hadKey)
            let store = SpaceAuthority(engine, limits: limits, time: WallClock.storeTime)
            // Read under the lock, since another process may have written it meanwhile.
            if let pem = try folder.read(folder.identity) { return (store, try ServerIdentity(pem: pem)) }
            let identity = try identity ?? ServerIdentity.make()
            try folder.write(identity.pem, to: folder.identity)
            return (store, identity)
        } catch let error as DaemonError {
            throw error
        } catch let error as any StoreEngineError {
            throw DaemonError(error, in: folder)
        } catch is LinkError {
            throw DaemonError(identityIn: folder)
        } catch {
            throw DaemonError(
                .unusable, "The store in \(folder.path) contradicts itself. Nothing was changed.",
                next: "Restore a backup into an empty folder: btwd restore FILE --data DIR")
        }
    }

    /// Serves until ``stop()``, finishes work in progress, and closes everything.
    package func run() async {
        let administrator = Administrator(
            folder: folder, store: store, identity: identity, address: advertised, hub: hub)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { [hub] in await hub.endPauses() }
            group.addTask { [store, log] in await Self.scrub(store, log) }
            if let control {
                group.addTask {
                    await control.run { line in
                        guard let request = AdminRequest(line) else {
                            return AdminAnswer.failed(
                                DaemonError(.usage, "No such request.", next: "Use the same version of btwd.")
                            ).line
                        }
                        return await administrator.answer(request).line
                    }
                }
            }
            await link.run { [store, hub, identity, log] connection in
                await ConversationLoop(
                    connection: connection, store: store, hub: hub, nonce: .random(), keyHash: identity.keyHash,
                    log: log
                ).run()
            }
            group.cancelAll()
        }
        PrivateFile.remove(folder.address)
        PrivateFile.remove(folder.control)
        do { try await store.close() } catch { log(.storeFailed(error)) }
    }

    /// Stops accepting connections, and tells all connected devices.
    package func stop() {
        log(.stopping)
        link.stop()
        hub.stop()
    }

    private static func scrub(_ store: any ServerAdministration, _ log: @Sendable (ServerEvent) -> Void) async {
        var pace = ScrubPace()
        while (try? await Task.sleep(for: pace.pause)) != nil {
            do {
                pace.tried(isDone: try await store.scrub())
            } catch is CancellationError {
                return
            } catch {
                // Most likely a full disk.
                pace.tried(isDone: false)
                log(.storeFailed(error))
            }
        }
    }
}

/// The delay before the next attempt to scrub forgotten content from the file.
package struct ScrubPace: Hashable, Sendable {
    package static let pauseMin = Duration.seconds(10)
    package static let pauseMax = Duration.seconds(3_600)

    package private(set) var pause = pauseMin

    package init() {}

    /// Failed attempts back off, since each costs other clients time.
    package mutating func tried(isDone: Bool) {
        pause = isDone ? Self.pauseMin : min(pause * 2, Self.pauseMax)
    }
}

extension Nonce {
    fileprivate static func random() -> Nonce {
        var generator = SystemRandomNumberGenerator()
        let bytes = (0..<byteCount).map { _ in UInt8.random(in: 0...255, using: &generator) }
        guard let nonce = Nonce(bytes) else { preconditionFailure("32 bytes") }
        return nonce
    }
}

/// An event that a daemon logs as one line, without user data.
package enum ServerEvent: Sendable {
    case listening(Endpoint)
    /// This side ended a conversation.
    case closed(ErrorCode)
    /// The bytes received were not a message.
    case broken(ErrorCode)
    /// This address reached the limit of failed proofs, strings and claims, and is refused for a while.
    case guessed(RemoteAddress)
    /// The store could not read or write.
    case storeFailed(any Error)
    /// The system gives no more sockets, with its error number, so new connections wait. At most once a minute.
    case starved(CInt)
    /// Others on this machine could reach this file of the folder, and whether that is mended.
    case reachable(String, isClosed: Bool)
    /// No control socket can be made while it runs: the folder's path is too long, or unusable.
    case unheard
    case stopping
}

/// The server's wall clock, for values that outlive the process, such as an enrolment string's expiry.
enum WallClock {
    /// Milliseconds since 1970.
    static func millis() -> Int { Int(Date().timeIntervalSince1970 * 1000) }

    /// The store's two clocks on this machine.
    static var storeTime: StoreTime {
        let start = ContinuousClock.now
        return StoreTime(monotonic: { ContinuousClock.now - start }, wallMillis: millis)
    }
}
