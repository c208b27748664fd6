import CanonicalJSON

extension JSONValue {
    /// A cell's value; `null` for text that is not JSON.
    init(column text: String) { self = (try? JSONValue(parsing: Array(text.utf8))) ?? .null }
}
