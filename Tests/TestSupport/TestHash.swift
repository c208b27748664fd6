package import Causality

/// A fast, insecure replacement for SHA-256 where only equality matters.
package let testHash: HashFunction = { bytes in
    var hash = CanonicalBytes()
    for lane in [0x9E37_79B9_7F4A_7C15, 0xBF58_476D_1CE4_E5B9, 0x94D0_49BB_1331_11EB, 0xD6E8_FEB8_6659_FD93] as [UInt64]
    {
        var mixed = lane ^ UInt64(bytes.count)
        for byte in bytes {
            mixed = (mixed ^ UInt64(byte)) &* lane
            mixed ^= mixed >> 29
        }
        hash.append(mixed)
    }
    guard let result = Hash256(hash.bytes) else { preconditionFailure("four words are 32 bytes") }
    return result
}
