/// Why sealing or opening failed.
public enum SealingError: Error, Hashable, Sendable, CustomStringConvertible {
    /// It cannot be opened. Deliberately does not tell whether key, place, length or bytes are wrong.
    case notOpened
    /// A plaintext is longer than ``SealingLimits/plaintextLengthMax``.
    case tooLong
    /// The log has no such epoch, or no keys of it for this device.
    case noKeys
    /// A device's public key cannot be sealed to.
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
