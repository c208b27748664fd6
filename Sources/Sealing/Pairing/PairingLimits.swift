/// The limits of what two devices that pair tell each other.
package enum PairingLimits {
    /// Bytes of a claim or a grant as it is sealed; a message of the wire carries no more.
    package static let sealedLengthMax = 2 * 1024
    /// UTF-8 bytes of the name that a device gives itself.
    package static let nameLengthMax = 64
    /// Line ends of a grant's clock; with names and numbers at their longest, 19 would fit.
    package static let clockEndsMax = 16
}
