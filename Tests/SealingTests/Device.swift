import Causality
import Membership
import Sealing
import TestSupport
import Testing

/// A device that founded a space, from a seed.
struct Device {
    let keys: DeviceKeys
    let founding: SpaceKeys.Founding
    let log: MembershipLog

    init(seed: Int) throws {
        var generator = SeededGenerator(seed: seed)
        keys = DeviceKeys.random(using: &generator)
        founding = try SpaceKeys.found(by: .random(using: &generator), device: keys, using: &generator)
        log = try MembershipLog(genesis: founding.record)
    }
}

extension [UInt8] {
    /// All variants of these bytes with one flipped bit.
    var flips: some Sequence<[UInt8]> {
        (0..<count * 8).lazy.map { bit in
            var flipped = self
            flipped[bit / 8] ^= 1 << (bit % 8)
            return flipped
        }
    }
}

/// The error that a body throws.
func error<Failure>(of body: () throws(Failure) -> Void) -> Failure? {
    do { try body() } catch { return error }
    return nil
}
