extension UInt64 {
    /// Sixteen lower-case hex digits.
    package var hex16: String {
        String(unsafeUninitializedCapacity: 16) { digits in
            for place in 0..<16 {
                let digit = UInt8(truncatingIfNeeded: self >> UInt64(60 - 4 * place) & 15)
                digits[place] = digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
            }
            return 16
        }
    }

    /// Reads exactly sixteen lower-case hex digits; anything else is `nil`.
    package init?(hex16 text: some StringProtocol) { self.init(hex16: text.utf8) }

    /// Reads exactly sixteen lower-case hex digits in ASCII; anything else is `nil`.
    // Inlinable so that other modules specialize it: it reads every token and id on the wire.
    @inlinable
    package init?(hex16 digits: some Collection<UInt8>) {
        guard digits.count == 16 else { return nil }
        var value: UInt64 = 0
        for byte in digits {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = value << 4 | UInt64(byte - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"): value = value << 4 | UInt64(byte - UInt8(ascii: "a") + 10)
            default: return nil
            }
        }
        self = value
    }
}
