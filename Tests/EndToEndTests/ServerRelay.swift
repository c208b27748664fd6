import Foundation
import Synchronization
import Testing

/// A relay between devices and a server that records every byte, as an observer of the network could.
final class ServerRelay: Sendable {
    let port: UInt16
    private let file: Int32
    private let seen = Mutex<[UInt8]>([])
    /// How many bytes of a connection pass before it is cut, in both directions together; `nil` for all.
    private let limit = Mutex<Int?>(nil)

    init(to target: UInt16) throws {
        let (file, port) = try ServerStranger.listen()
        (self.file, self.port) = (file, port)
        Thread.detachNewThread { [weak self] in
            while true {
                guard let device = ServerStranger.own(accept(file, nil, nil)) else { return }
                guard let self, let server = ServerStranger.connect(to: target) else {
                    close(device)
                    continue
                }
                self.join(device, server)
            }
        }
    }

    /// Every byte that passed, in both directions.
    var bytes: [UInt8] { seen.withLock { $0 } }

    /// Cuts each connection from now on after this many bytes, also inside a line.
    func cut(after byteCount: Int?) { limit.withLock { $0 = byteCount } }

    func stop() { shutdown(file, Int32(SHUT_RDWR)) }

    deinit {
        stop()
        close(file)
    }

    private func join(_ device: Int32, _ server: Int32) {
        let left = Remaining(limit.withLock { $0 })
        let pumps = DispatchGroup()
        for (from, target) in [(device, server), (server, device)] {
            pumps.enter()
            Thread.detachNewThread { [self] in
                pump(from, target, left)
                pumps.leave()
            }
        }
        pumps.notify(queue: .global()) {
            close(device)
            close(server)
        }
    }

    private func pump(_ from: Int32, _ target: Int32, _ left: Remaining) {
        var bytes = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(from, &bytes, bytes.count, 0)
            guard count > 0 else { break }
            let part = Array(bytes.prefix(left.take(count)))
            seen.withLock { $0 += part }
            guard ServerStranger.send(part, to: target) == count else {
                shutdown(from, Int32(SHUT_RDWR))
                shutdown(target, Int32(SHUT_RDWR))
                return
            }
        }
        shutdown(target, Int32(SHUT_WR))
    }
}

/// The bytes that may still pass in one connection.
private final class Remaining: Sendable {
    private let count: Mutex<Int?>

    init(_ count: Int?) { self.count = Mutex(count) }

    func take(_ wanted: Int) -> Int {
        count.withLock { count in
            guard let left = count else { return wanted }
            count = max(0, left - wanted)
            return min(left, wanted)
        }
    }
}

extension Fixture {
    /// A daemon whose strings contain the address of a relay before it.
    func relayed() throws -> (daemon: Daemon, relay: ServerRelay) {
        // The relay needs the daemon's port, and the strings need the relay's.
        let first = try Daemon(self)
        first.kill()
        let relay = try ServerRelay(to: first.port)
        let daemon = try Daemon(
            self, listen: first.address, options: ["--advertise", "127.0.0.1:\(relay.port)"])
        return (daemon, relay)
    }
}
