// Dispatch sources are thread-safe; the module is not annotated yet.
@preconcurrency import Dispatch
import Foundation

/// A Unix datagram socket that wakes a running `sync --watch` after another process commits.
///
/// The socket is in the home's folder, and a datagram is one byte without meaning. A missed wake-up only delays:
/// observers also poll.
final class WakeSocket: Sendable {
    private let descriptor: Int32
    private let path: String
    /// The inode of the file that was created at the path.
    private let file: UInt64?

    /// Listens at a path; `nil` if another process does, or the system does not allow it: a path over some hundred
    /// bytes is too long for a socket.
    init?(at path: String) {
        guard let address = Self.address(path), !Self.wake(path) else { return nil }
        unlink(path)  // no process listens there any more
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

    /// Removes the socket, unless another process has replaced it.
    func leave() {
        if let file, Self.file(at: path) == file { unlink(path) }
    }

    /// An element per wake-up, possibly coalesced; ends when iteration is cancelled.
    func wakeUps() -> AsyncStream<Void> {
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

    /// Sends a wake-up. Returns whether a process listens.
    @discardableResult
    static func wake(_ path: String) -> Bool {
        // A symbolic link could point to another socket.
        var status = stat()
        guard let address = address(path), lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK else {
            return false
        }
        let descriptor = socket()
        guard descriptor >= 0 else { return false }
        defer { Foundation.close(descriptor) }
        var byte: UInt8 = 1
        let sent = withAddress(address) { sendto(descriptor, &byte, 1, Int32(MSG_DONTWAIT), $0, $1) }
        // If the buffer is full, a wake-up is already pending.
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
            // Every socket address begins as a `sockaddr`; the system decides by the family.
            bytes.withMemoryRebound(to: sockaddr.self) { rebound in
                guard let first = rebound.baseAddress else { preconditionFailure("a structure has bytes") }
                return body(first, socklen_t(bytes.count))
            }
        }
    }
}
