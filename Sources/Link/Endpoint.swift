import NIOCore

/// A server's address: host and port, as people type them.
///
///     Endpoint("journal.example:7420")    Endpoint("127.0.0.1:7420")    Endpoint("[::1]:7420")
package struct Endpoint: Hashable, Sendable {
    /// A host name or the text of an IP address, without brackets.
    package let host: String
    /// 0 to 65,535; 0 lets the system choose where a server listens.
    package let port: Int

    /// Is `nil` unless the host is a name or an IP address and the port is in 0...65,535.
    package init?(host: String, port: Int) {
        guard (0...65_535).contains(port), Self.isAddress(host) || Self.isName(host) else { return nil }
        self.host = host
        self.port = port
    }

    /// Reads `HOST:PORT`, or `[ADDRESS]:PORT` for IPv6; anything else is `nil`, as is a port with leading zeros.
    package init?(_ text: some StringProtocol) {
        guard let colon = text.lastIndex(of: ":") else { return nil }
        let digits = text[text.index(after: colon)...]
        guard (1...5).contains(digits.utf8.count), digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let port = Int(digits), String(port) == digits
        else { return nil }
        let host = text[..<colon]
        guard host.utf8.first == UInt8(ascii: "[") else {
            // An IPv6 address without brackets cannot be told from its port.
            guard !host.utf8.contains(UInt8(ascii: ":")) else { return nil }
            self.init(host: String(host), port: port)
            return
        }
        guard host.hasSuffix("]"), host.utf8.contains(UInt8(ascii: ":")) else { return nil }
        self.init(host: String(host.dropFirst().dropLast()), port: port)
    }

    private static func isAddress(_ host: String) -> Bool {
        (try? SocketAddress(ipAddress: host, port: 0)) != nil
    }

    /// Host names by RFC 1123, section 2.1. A name whose last label has only digits would be an address, and is
    /// invalid.
    private static func isName(_ host: String) -> Bool {
        let labels = host.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard (1...253).contains(host.utf8.count), let last = labels.last else { return false }
        return labels.allSatisfy { label in
            (1...63).contains(label.count) && label.first != UInt8(ascii: "-") && label.last != UInt8(ascii: "-")
                && label.allSatisfy { byte in
                    switch byte {
                    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
                        true
                    default: false
                    }
                }
        } && !last.allSatisfy { (0x30...0x39).contains($0) }
    }
}

extension Endpoint: CustomStringConvertible {
    /// The text that reads as this value again.
    package var description: String { host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]:\(port)" : "\(host):\(port)" }
}

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
