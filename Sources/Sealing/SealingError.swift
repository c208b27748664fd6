/// Why something was not sealed or opened.
public enum SealingError: Error, Hashable, Sendable, CustomStringConvertible {
    /// It does not open. Whether key, place, length or bytes are wrong is not told, to nobody.
    case notOpened
    /// A plaintext is longer than ``SealingLimits/plaintextLengthMax``.
    case tooLong
    /// The log has no such epoch, or no keys of it for this device.
    case noKeys
    /// A device's public key is one to which nothing can be sealed.
    case unusableKey

    public var description: String {
        switch self {
        case .notOpened: "sealed content does not open"
        case .tooLong: "the content is too long to be sealed"
        case .noKeys: "there are no keys for this device"
        case .unusableKey: "nothing can be sealed to the key of this device"
        }
    }
}
