// A dispatch source may be used from any thread; the module does not say so yet.
@preconcurrency import Dispatch
import Foundation

/// A bell at the home's door: whoever wrote rings it, so that a process that keeps in step hears of it at once.
///
/// A datagram socket in the home's folder. It carries one byte that says nothing; who is not
/// heard is found by asking now and then, so nothing hangs on it.
final class WakeSocket: Sendable {
    private let descriptor: Int32
    private let path: String
    /// The file that was made at the path.
    private let file: UInt64?

    /// Listens at a path; `nil` if another process does, or the system does not let us: paths of more than some
    /// hundred bytes are too long for a socket.
    init?(at path: String) {
        guard let address = Self.address(path), !Self.ring(path) else { return nil }
        unlink(path)  // nobody listens there any more
        let descriptor = Self.socket()
        guard descriptor >= 0 else { return nil }
        guard Self.withAddress(address, { bind(descriptor, $0, $1) }) == 0, chmod(path, 0o600) == 0 else {
            Foundation.close(descriptor)
            return nil
        }
        self.descriptor = descriptor
        self.path = path
        file = Self.file(at: path)
    }

    deinit { Foundation.close(descriptor) }

    /// Takes the bell away, unless another hangs in its place.
    func leave() {
        if let file, Self.file(at: path) == file { unlink(path) }
    }

    /// One for every ring, or several together; ends when whoever listens stops.
    func rings() -> AsyncStream<Void> {
        AsyncStream(bufferingPolicy: .bufferingNewest(1)) { continuation in
            let source = DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: .global())
            source.setEventHandler { [self] in
                var byte: UInt8 = 0
                while recv(descriptor, &byte, 1, Int32(MSG_DONTWAIT)) > 0 {}
                continuation.yield()
            }
            continuation.onTermination = { _ in source.cancel() }
            source.resume()
        }
    }

    /// Rings, if somebody listens. Returns whether somebody does.
    @discardableResult
    static func ring(_ path: String) -> Bool {
        // A link would have it ring elsewhere.
        var status = stat()
        guard let address = address(path), lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK else {
            return false
        }
        let descriptor = socket()
        guard descriptor >= 0 else { return false }
        defer { Foundation.close(descriptor) }
        var byte: UInt8 = 1
        let sent = withAddress(address) { sendto(descriptor, &byte, 1, Int32(MSG_DONTWAIT), $0, $1) }
        // Full means that it will be looked at anyway.
        return sent == 1 || errno == EAGAIN || errno == ENOBUFS
    }

    private static func file(at path: String) -> UInt64? {
        var status = stat()
        return lstat(path, &status) == 0 ? UInt64(status.st_ino) : nil
    }

    private static func socket() -> Int32 {
        #if os(Linux)
            Foundation.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        #else
            Foundation.socket(AF_UNIX, SOCK_DGRAM, 0)
        #endif
    }

    private static func address(_ path: String) -> sockaddr_un? {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let fits = withUnsafeMutableBytes(of: &address.sun_path) { place in
            guard path.utf8.count < place.count else { return false }
            place.copyBytes(from: path.utf8)
            return true
        }
        return fits ? address : nil
    }

    private static func withAddress<T>(_ address: sockaddr_un, _ body: (UnsafePointer<sockaddr>, socklen_t) -> T) -> T {
        withUnsafeBytes(of: address) { bytes in
            // A `sockaddr_un` begins as every `sockaddr` does; the system goes by the family.
            bytes.withMemoryRebound(to: sockaddr.self) { rebound in
                guard let first = rebound.baseAddress else { preconditionFailure("a structure has bytes") }
                return body(first, socklen_t(bytes.count))
            }
        }
    }
}
