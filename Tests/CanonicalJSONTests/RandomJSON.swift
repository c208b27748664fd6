import CanonicalJSON
import TestSupport

/// Random values with a bias to corner cases: unusual text, extreme numbers, keys that nearly agree.
struct RandomJSON {
    var random: SeededGenerator

    mutating func value(depthMax: Int = 5) -> JSONValue {
        switch Int.random(in: 0..<(depthMax > 0 ? 10 : 6), using: &random) {
        case 0: return .null
        case 1: return .bool(random.chance(percent: 50))
        case 2: return .integer(integer())
        case 3: return .number(real())
        case 4, 5: return .text(text())
        case 6, 7: return .array((0..<count()).map { _ in value(depthMax: depthMax - 1) })
        default:
            var object = JSONObject()
            for _ in 0..<count() { object[text()] = value(depthMax: depthMax - 1) }
            return .object(object)
        }
    }

    mutating func text() -> Text {
        var string = ""
        for _ in 0..<count() { string.unicodeScalars.append(scalar()) }
        return Text(string)
    }

    mutating func real() -> Double {
        switch Int.random(in: 0..<4, using: &random) {
        case 0: return Double(Int.random(in: -100_000...100_000, using: &random)) / 1000
        case 1: return Double(integer())
        case 2: return [0.0, -0.0, 0x1p-1074, 0x1p-1022, .greatestFiniteMagnitude, 0x1p53, 0x1p63][pick(7)]
        default:
            let double = Double(bitPattern: random.next())
            return double.isFinite ? double : 0.1
        }
    }

    private mutating func integer() -> Int {
        [pick(10), -pick(1000), .max, .min, 1 << 53, Int(truncatingIfNeeded: random.next())][pick(6)]
    }

    private mutating func scalar() -> Unicode.Scalar {
        let ugly: [Unicode.Scalar] = [
            "a", "a", "b", "\"", "\\", "/", "\0", "\u{1}", "\u{8}", "\n", "\r", "\t", "\u{c}", "\u{1f}", "\u{7f}",
            "é", "e", "\u{301}", "\u{316}", "\u{2028}", "\u{feff}", "\u{d7ff}", "\u{e000}", "\u{ffff}", "\u{1f600}",
            "\u{10ffff}", "\u{200d}", "\u{1100}", "\u{1161}",
        ]
        if random.chance(percent: 80) { return ugly[pick(ugly.count)] }
        return Unicode.Scalar(UInt32(pick(0x110000))) ?? "\u{fffd}"
    }

    private mutating func count() -> Int {
        random.chance(percent: 10) ? pick(40) : pick(5)
    }

    private mutating func pick(_ count: Int) -> Int {
        Int.random(in: 0..<count, using: &random)
    }
}
