/// A JSON value with one spelling: equal values write the same bytes.
///
/// Read one with ``init(parsing:limits:)``, write it with
/// ``canonicalBytes()``. Reading what was written gives the same value back,
/// with two exceptions a caller can only make by hand: a `.real` that should
/// have been an `.integer` (use ``number(_:)``), and a `.real` that is not
/// finite, which cannot be written at all.
///
/// Comparing, hashing, writing and freeing a value recurse once a level. The
/// reader bounds the levels of what it reads; code that nests values by hand
/// bounds its own.
public enum JSONValue: Hashable, Sendable {
    /// The literal `null`.
    case null
    /// The literal `true` or `false`.
    case bool(Bool)
    /// A number whose canonical text is an integer that fits `Int`.
    case integer(Int)
    /// Any other number; finite wherever the reader made it.
    case real(Double)
    /// A string.
    case text(Text)
    /// An array, in its order.
    case array([JSONValue])
    /// An object, its members sorted by key.
    case object(JSONObject)

    /// The value that reading this number's canonical text would give.
    ///
    /// Below 2^53 that is the integer itself. From there to 2^63 ECMAScript
    /// writes the shortest digits and pads them with zeros, so the integer is
    /// the padded one: 1234567890123456768.0 is `1234567890123456800`, the
    /// same double. Without this rule a value would change its case between
    /// writing and reading. Negative zero is zero.
    public static func number(_ value: Double) -> JSONValue {
        guard value.magnitude < 0x1p63, value == value.rounded(.towardZero) else { return .real(value) }
        if value.magnitude < 0x1p53 { return .integer(Int(value)) }
        guard let integer = Int(String(decoding: CanonicalNumber(value).bytes, as: UTF8.self)) else {
            return .real(value)
        }
        return .integer(integer)
    }
}
