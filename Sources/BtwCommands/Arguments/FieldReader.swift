import CanonicalJSON
import Causality
import Records

/// Values of options, checked by the type of the field that they set.
struct FieldReader {
    let kind: Kind
    let command: any Command.Type

    /// Text for a field, by its rules; an empty one is refused, since nothing would be set.
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

    /// The value, unless the field's type has something against it.
    func value(_ value: JSONValue, for field: FieldName, from option: String) throws(Failure) -> JSONValue {
        if let problem = Schema.field(field, of: kind)?.type.problem(with: value) {
            throw .usage("\(option) \(problem).", of: command)
        }
        return value
    }

    /// Digits of any script with a minus at most; Swift would take a plus too.
    static func wholeNumber(_ typed: some StringProtocol) -> Int? {
        let typed = TypedText.plain(typed)
        return typed.utf8.first == UInt8(ascii: "+") ? nil : Int(typed)
    }
}
