extension JSONReader {
    /// Reads a number; `position` is at its minus sign or first digit.
    mutating func number() throws(JSONError) -> JSONValue {
        let start = position
        var decimal = Decimal()
        if bytes[position] == UInt8(ascii: "-") {
            decimal.isNegative = true
            position += 1
        }
        if try current() == UInt8(ascii: "0") {
            position += 1
            if let byte = peek(), isDigit(byte) { throw JSONError(.invalidNumber, byteOffset: position) }
        } else {
            try digits { decimal.append($0) }
        }
        let isInteger = try !fractionAndExponent(of: &decimal)
        if isInteger, let integer = decimal.integer { return .integer(integer) }
        // The exact fast path covers most numbers; the standard library rounds the others correctly.
        let lexeme = bytes[start..<position]
        guard let double = decimal.double ?? Double(String(decoding: lexeme, as: UTF8.self)), double.isFinite else {
            throw JSONError(.numberOutOfRange, byteOffset: start)
        }
        return .number(double)
    }

    /// Returns whether there was a fraction or an exponent.
    private mutating func fractionAndExponent(of decimal: inout Decimal) throws(JSONError) -> Bool {
        let start = position
        if peek() == UInt8(ascii: ".") {
            position += 1
            let first = position
            try digits { decimal.append($0) }
            decimal.exponent -= position - first
        }
        if let byte = peek(), byte | 0x20 == UInt8(ascii: "e") {
            position += 1
            let sign = try current()
            if sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") { position += 1 }
            var exponent = 0
            // The bound keeps clear of overflow, and above what the digits of any input could compensate.
            try digits { exponent = min(exponent * 10 + Int($0), 1 << 55) }
            decimal.exponent += sign == UInt8(ascii: "-") ? -exponent : exponent
        }
        return position != start
    }

    /// Reads one digit or more.
    private mutating func digits(_ body: (UInt8) -> Void) throws(JSONError) {
        guard isDigit(try current()) else { throw JSONError(.invalidNumber, byteOffset: position) }
        while let byte = peek(), isDigit(byte) {
            body(byte - UInt8(ascii: "0"))
            position += 1
        }
    }

    private func peek() -> UInt8? {
        position < bytes.count ? bytes[position] : nil
    }
}

func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
}

/// The digits of a number without its point, and the power of ten that restores the point.
private struct Decimal {
    var isNegative = false
    var exponent = 0
    private var magnitude: UInt64 = 0
    private var significantDigitCount = 0

    mutating func append(_ digit: UInt8) {
        if significantDigitCount > 0 || digit != 0 { significantDigitCount += 1 }
        // Nineteen digits always fit; with more, the magnitude is not used.
        if significantDigitCount <= 19 { magnitude = magnitude * 10 + UInt64(digit) }
    }

    var integer: Int? {
        guard significantDigitCount <= 19 else { return nil }
        return isNegative ? Int(exactly: -Int128(magnitude)) : Int(exactly: magnitude)
    }

    /// The value, if one rounding gives it: both operands are exact doubles (Clinger 1990).
    var double: Double? {
        guard significantDigitCount <= 19, magnitude <= 1 << 53, exponent.magnitude < powersOfTen.count else {
            return nil
        }
        let power = powersOfTen[Int(exponent.magnitude)]
        let value = exponent < 0 ? Double(magnitude) / power : Double(magnitude) * power
        return isNegative ? -value : value
    }
}

/// Every power of ten that a double holds exactly.
private let powersOfTen: [Double] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
    1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
]
