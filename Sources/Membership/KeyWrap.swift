import CanonicalJSON
public import Causality

/// The keys of an epoch, sealed to one device; only that device's private key, in `Sealing`, opens it.
public struct KeyWrap: Hashable, Sendable {
    /// The recipient.
    public let device: DeviceID
    /// The encapsulated key, then the sealed keys; ``Suite/wrapByteCount`` bytes.
    public let sealed: [UInt8]

    public init(device: DeviceID, sealed: [UInt8]) {
        self.device = device
        self.sealed = sealed
    }

    var json: JSONValue { ["key": .bytes(sealed), "to": .id(device)] }

    /// Is `nil` for missing or unknown members; the length is checked against the suite elsewhere.
    init?(_ json: JSONValue) {
        guard let object = json.asObject, object.count == 2, let device = object.id("to", DeviceID.self),
            let sealed = object.bytes("key")
        else { return nil }
        self.init(device: device, sealed: sealed)
    }
}
