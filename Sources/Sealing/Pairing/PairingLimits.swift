/// The limits of what two devices that pair tell each other.
package enum PairingLimits {
    /// Bytes of a claim as it is sealed; a message of the wire carries no more.
    package static let claimLengthMax = 2 * 1024
    /// Bytes of a grant as it is sealed: a clock of ``clockEndsMax`` rows at their longest, padded, and some to spare.
    package static let grantLengthMax = 384 * 1024
    /// UTF-8 bytes of the name that a device gives itself.
    package static let nameLengthMax = 64
    /// Line ends of a grant's clock: as many as a clock has on the wire, and so all that a member ever heard of there.
    package static let clockEndsMax = 4096
}
