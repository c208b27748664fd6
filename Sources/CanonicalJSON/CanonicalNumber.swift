/// The text of a double by ECMAScript's Number-to-string rule, which RFC 8785 requires.
struct CanonicalNumber {
    let bytes: [UInt8]

    init(_ value: Double) {
        precondition(value.isFinite, "JSON has no spelling for infinity or NaN")
        // Swift and ECMAScript both ask for the shortest digits that read back as this double, and the closest
        // of those; they differ only in where they put the point and the exponent.
        let (digits, pointIndex) = Self.shortestDigits(of: value.magnitude)
        let layout = Self.layout(digits, pointIndex: pointIndex)
        bytes = value < 0 ? [UInt8(ascii: "-")] + layout : layout
    }

    /// The digits without zeros at either end, and where the point stands among them.
    private static func shortestDigits(of magnitude: Double) -> (digits: [UInt8], pointIndex: Int) {
        let parts = magnitude.description.split(separator: "e")
        let exponent = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
        let mantissa = parts[0].utf8
        let integral = mantissa.prefix { isDigit($0) }
        let digits = mantissa.filter(isDigit)
        let leadingZeroCount = digits.prefix { $0 == UInt8(ascii: "0") }.count
        var significant = digits[leadingZeroCount...]
        while significant.last == UInt8(ascii: "0") { significant.removeLast() }
        return (Array(significant), exponent + integral.count - leadingZeroCount)
    }

    /// Number::toString of ECMA-262; `pointIndex` is its n, the count of the digits its k.
    private static func layout(_ digits: [UInt8], pointIndex: Int) -> [UInt8] {
        func zeros(_ count: Int) -> [UInt8] { Array(repeating: UInt8(ascii: "0"), count: count) }
        let point = [UInt8(ascii: ".")]

        if digits.isEmpty { return zeros(1) }
        switch pointIndex {
        case digits.count...21 where digits.count <= 21:
            return digits + zeros(pointIndex - digits.count)
        case 1...21:
            return digits[..<pointIndex] + point + digits[pointIndex...]
        case -5...0:
            return zeros(1) + point + zeros(-pointIndex) + digits
        default:
            let fraction = digits.count > 1 ? point + digits[1...] : []
            let exponent = pointIndex - 1
            return digits[..<1] + fraction + (exponent < 0 ? "e" : "e+").utf8 + String(exponent).utf8
        }
    }
}
