/// Limits of claims and grants in a pairing.
package enum PairingLimits {
    /// Bytes of a sealed claim; a message on the wire carries no more.
    package static let claimLengthMax = 2 * 1024
    /// Bytes of a sealed grant: a clock of ``clockEndsMax`` rows at their longest, padded, and some to spare.
    package static let grantLengthMax = 384 * 1024
    /// UTF-8 bytes of a device's name.
    package static let nameLengthMax = 64
    /// Rows of a grant's clock: as many as a clock has on the wire, and so all that a member can know of the server.
    package static let clockEndsMax = 4096
}
