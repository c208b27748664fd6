import CanonicalJSON
import Causality
import Records

/// Reads values of options, and checks them by the type of the field that they set.
struct FieldReader {
    let kind: Kind
    let command: any Command.Type

    /// Text for a field; an empty one is refused, since it would set nothing.
    func text(_ typed: String, for field: FieldName, from option: String) throws(Failure) -> Text {
        if typed.isEmpty { throw .usage("\(option) needs a value.", of: command) }
        return Text(try value(.text(Text(typed)), for: field, from: option).asText ?? typed)
    }

    /// A whole number for a field.
    func integer(_ typed: String, for field: FieldName, from option: String) throws(Failure) -> Int {
        let number = Self.wholeNumber(typed)
        let value = try value(number.map { .integer($0) } ?? .text(Text(typed)), for: field, from: option)
        return value.asInteger ?? 0
    }

    /// The value, if the field's type accepts it.
    func value(_ value: JSONValue, for field: FieldName, from option: String) throws(Failure) -> JSONValue {
        if let problem = Schema.field(field, of: kind)?.type.problem(with: value) {
            throw .usage("\(option) \(problem).", of: command)
        }
        return value
    }

    /// Digits of any script with an optional minus; Swift's `Int` would accept a plus too.
    static func wholeNumber(_ typed: some StringProtocol) -> Int? {
        let typed = TypedText.plain(typed)
        return typed.utf8.first == UInt8(ascii: "+") ? nil : Int(typed)
    }
}
