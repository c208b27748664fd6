import CanonicalJSON

extension JSONValue {
    /// A cell's value; `null` for a text that this version did not write.
    init(column text: String) { self = (try? JSONValue(parsing: Array(text.utf8))) ?? .null }
}
