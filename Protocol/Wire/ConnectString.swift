public import Causality

/// The string that one person gives another to type: a server's address, its pin, and a single-use secret.
///
/// `btw1` and groups of five characters of base32 (RFC 4648, lower case, no padding). The bytes: kind, length of the
/// address, address, 16 bytes of the hash of the server's key, 16 of secret, 2 of checksum. Input is read leniently,
/// as ``TypedBase32`` describes.
public struct ConnectString: Hashable, Sendable {
    public enum Kind: UInt8, Hashable, Sendable {
        /// Enrols a new person's device with a server; opens no space.
        case enrolment = 1
        /// Adds a device to a person's space.
        case pairing = 2
    }

    public enum Mistake: Error, Hashable, Sendable {
        /// It does not begin with `btw1`, or is too long.
        case notAString
        /// A character is wrong or missing.
        case mistyped
        /// It is of a kind that only newer versions know.
        case unknownKind(UInt8)
    }

    public static let pinByteCount = 16
    public static let secretByteCount = 16
    /// The greatest length of an address in bytes: the longest host name, a colon and a port.
    public static let addressLengthMax = 255
    private static let prefix = "btw1"
    /// The most scalars of input: the longest string has 563, and mails wrap and quote it.
    public static let typedLengthMax = 4096
    private static let checksumByteCount = 2

    public let kind: Kind
    /// `HOST:PORT`.
    public let address: String
    /// The first 16 bytes of the SHA-256 of the server's SubjectPublicKeyInfo.
    public let pin: [UInt8]
    public let secret: [UInt8]

    /// Is `nil` unless every part has its required length and the address is printable ASCII.
    public init?(kind: Kind, address: String, pin: [UInt8], secret: [UInt8]) {
        guard (1...Self.addressLengthMax).contains(address.utf8.count),
            address.utf8.allSatisfy({ (0x21...0x7E).contains($0) }), pin.count == Self.pinByteCount,
            secret.count == Self.secretByteCount
        else { return nil }
        self.kind = kind
        self.address = address
        self.pin = pin
        self.secret = secret
    }

    /// Reads the string as typed or pasted by a person.
    public init(typed: some StringProtocol, _ hash: HashFunction) throws(Mistake) {
        guard let typed = TypedBase32(typed, scalarsMax: Self.typedLengthMax),
            Self.begins(typed.characters.prefix(Self.prefix.utf8.count))
        else { throw .notAString }
        let bytes = typed.bytes(from: Self.prefix.utf8.count) { bytes in
            bytes.count > 2 + Self.pinByteCount + Self.secretByteCount + Self.checksumByteCount
                && Self.checksum(Array(bytes.dropLast(Self.checksumByteCount)), hash)
                    .elementsEqual(bytes.suffix(Self.checksumByteCount))
        }
        guard let body = bytes?.dropLast(Self.checksumByteCount) else { throw .mistyped }
        guard let kind = Kind(rawValue: body[0]) else { throw .unknownKind(body[0]) }
        let length = Int(body[1])
        guard body.count == 2 + length + Self.pinByteCount + Self.secretByteCount,
            let string = ConnectString(
                kind: kind, address: String(decoding: body[2..<2 + length], as: UTF8.self),
                pin: Array(body[(2 + length)...].prefix(Self.pinByteCount)),
                secret: Array(body.suffix(Self.secretByteCount)))
        else { throw .mistyped }
        self = string
    }

    /// The text to show to a person.
    public func text(_ hash: HashFunction) -> String {
        let body = [kind.rawValue, UInt8(address.utf8.count)] + Array(address.utf8) + pin + secret
        let characters = Base32.text(body + Self.checksum(body, hash))
        return Self.prefix + "-" + Base32.grouped(characters)
    }

    /// Whether this is ``prefix``, with its 1 as it is or as a look-alike.
    private static func begins(_ characters: some Collection<UInt8>) -> Bool {
        ["1", "l", "i"].contains { one in characters.elementsEqual((prefix.dropLast() + one).utf8) }
    }

    private static func checksum(_ body: [UInt8], _ hash: HashFunction) -> [UInt8] {
        var bytes = CanonicalBytes(label: "between string 1")
        bytes.append(body)
        return Array(hash(bytes.bytes).bytes.prefix(checksumByteCount))
    }
}

extension ConnectString: CustomStringConvertible, CustomDebugStringConvertible {
    public var description: String { "[secret]" }
    public var debugDescription: String { description }
}
