import Foundation
import Synchronization
import Testing

/// A plain TCP connection or listener on the loopback.
enum ServerStranger {
    #if canImport(Darwin)
        static let stream = SOCK_STREAM
    #else
        static let stream = Int32(SOCK_STREAM.rawValue)
    #endif

    /// The loopback has many addresses, and a server limits connections by address.
    static func address(_ port: UInt16, host: UInt8 = 1) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = (UInt32(127) << 24 | UInt32(host)).bigEndian
        return address
    }

    private static func with<Result>(
        _ address: sockaddr_in, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
    ) -> Result {
        withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }

    /// A socket that is not inherited by programs started meanwhile; `nil` if there is none.
    static func own(_ file: Int32) -> Int32? {
        guard file >= 0 else { return nil }
        _ = fcntl(file, F_SETFD, FD_CLOEXEC)
        return file
    }

    /// Connects, from this address if one is given; `nil` if that is refused.
    static func connect(to port: UInt16, from host: UInt8? = nil) -> Int32? {
        guard let file = own(socket(AF_INET, stream, 0)) else { return nil }
        if let host, with(address(0, host: host), { bind(file, $0, $1) }) != 0 {
            close(file)
            return nil
        }
        // Reading data that never comes must time out.
        var patience = timeval(tv_sec: 15, tv_usec: 0)
        setsockopt(file, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        guard with(address(port), { Foundation.connect(file, $0, $1) }) == 0 else {
            close(file)
            return nil
        }
        return file
    }

    /// Sends as much as the socket accepts.
    ///
    /// - Returns: how many bytes it accepted.
    @discardableResult
    static func send(_ bytes: [UInt8], to file: Int32) -> Int {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes { Foundation.send(file, $0.baseAddress, $0.count, noSignal) }
            guard count > 0 else { break }
            sent += count
        }
        return sent
    }

    /// Whether the other side closes the connection within the timeout; data before that is read and dropped.
    static func isEnded(_ file: Int32) -> Bool {
        var bytes = [UInt8](repeating: 0, count: 4_096)
        while true {
            let count = recv(file, &bytes, bytes.count, 0)
            if count == 0 { return true }
            if count < 0 { return errno == ECONNRESET || errno == EPIPE }
        }
    }

    /// Listens on a port; 0 for one that the system chooses.
    static func listen(on port: UInt16 = 0) throws -> (file: Int32, port: UInt16) {
        let file = try #require(own(socket(AF_INET, stream, 0)))
        var one: Int32 = 1
        setsockopt(file, SOL_SOCKET, SO_REUSEADDR, &one, socklen_t(MemoryLayout<Int32>.size))
        try #require(with(address(port), { bind(file, $0, $1) }) == 0)
        try #require(Foundation.listen(file, 64) == 0)
        var bound = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isKnown = withUnsafeMutablePointer(to: &bound) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(file, $0, &length) == 0 }
        }
        try #require(isKnown)
        return (file, UInt16(bigEndian: bound.sin_port))
    }

    #if canImport(Darwin)
        private static let noSignal: Int32 = 0
    #else
        private static let noSignal = Int32(MSG_NOSIGNAL)
    #endif
}

/// Answers every connection with the same bytes, as another kind of server does.
final class OtherServer: Sendable {
    let port: UInt16
    private let file: Int32

    init(on port: UInt16 = 0, answer: String) throws {
        let (file, port) = try ServerStranger.listen(on: port)
        (self.file, self.port) = (file, port)
        Thread.detachNewThread {
            while true {
                guard let connection = ServerStranger.own(accept(file, nil, nil)) else { return }
                var bytes = [UInt8](repeating: 0, count: 16_384)
                _ = recv(connection, &bytes, bytes.count, 0)
                ServerStranger.send(Array(answer.utf8), to: connection)
                shutdown(connection, Int32(SHUT_WR))
                // Closed only after the other side: a reset would mean something else.
                _ = ServerStranger.isEnded(connection)
                close(connection)
            }
        }
    }

    func stop() {
        shutdown(file, Int32(SHUT_RDWR))
        close(file)
    }

    deinit { stop() }
}

/// Repeats an action in a thread of its own.
final class Flood: Sendable {
    private let count = Mutex(0)
    private let isOver = Mutex(false)

    init(_ body: @escaping @Sendable () -> Void) {
        let thread = Thread { [self] in
            while !isOver.withLock({ $0 }) {
                body()
                count.withLock { $0 += 1 }
            }
        }
        thread.start()
    }

    /// - Returns: how often it was done.
    func stop() -> Int {
        isOver.withLock { $0 = true }
        return count.withLock { $0 }
    }
}
