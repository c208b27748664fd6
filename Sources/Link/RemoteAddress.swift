import NIOCore

/// The address of the other side, for limits: an IPv4 address, or the /64 network of an IPv6 address.
///
/// A host has 2^64 addresses in its IPv6 network, so these count as one. Logs name it only in case of a flood.
package struct RemoteAddress: Hashable, Sendable, CustomStringConvertible {
    private let number: UInt64
    private let isIPv4: Bool

    /// - Parameter ipAddress: the text of an IP address; anything else gives `nil`.
    package init?(ipAddress: String) { self.init(try? SocketAddress(ipAddress: ipAddress, port: 0)) }

    /// Is `nil` without an IP address.
    init?(_ address: SocketAddress?) {
        guard let address else { return nil }
        let bytes = address.withSockAddr { pointer, byteCount in
            Array(UnsafeRawBufferPointer(start: pointer, count: byteCount))
        }
        switch address {
        // `sockaddr_in`: family, port, address.
        case .v4: self.init(ipv4: bytes[4..<8])
        // `sockaddr_in6`: family, port, flow, address. ::ffff:a.b.c.d is an IPv4 address on a dual-stack socket.
        case .v6 where bytes[8..<20] == [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]: self.init(ipv4: bytes[20..<24])
        case .v6: self.init(network: bytes[8..<16])
        case .unixDomainSocket: return nil
        }
    }

    package var description: String {
        if isIPv4 { return [24, 16, 8, 0].map { "\(number >> $0 & 0xFF)" }.joined(separator: ".") }
        return [48, 32, 16, 0].map { String(number >> $0 & 0xFFFF, radix: 16) }.joined(separator: ":") + "::/64"
    }

    private init(ipv4 bytes: ArraySlice<UInt8>) {
        number = bytes.reduce(0) { $0 << 8 | UInt64($1) }
        isIPv4 = true
    }

    private init(network bytes: ArraySlice<UInt8>) {
        number = bytes.reduce(0) { $0 << 8 | UInt64($1) }
        isIPv4 = false
    }
}
