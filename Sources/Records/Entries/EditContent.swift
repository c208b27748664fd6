public import CanonicalJSON
public import Causality

/// The content of an edit: the plaintext of its box.
public struct EditContent: Hashable, Sendable {
    /// When it was written, by the device's clock. For display only.
    public var at: Timestamp
    /// The fields that it sets; `null` clears one.
    public var fields: [FieldName: JSONValue]
    /// The step that it is part of, if several groups form one: an import, or its undo.
    public var label: Text?
    /// The edits that this one undoes.
    public var undoes: [Dot]
    /// The clock of the entry in the export from which this edit was imported; it then stands for the edits there.
    public var origin: VectorClock?
    /// The entry's name at the source from which this edit was imported.
    public var imported: ImportName?
    /// In the first edit of an entry: the proof from which its id is derived.
    public var proof: EntryProof?
    /// Unknown members, which a newer version wrote.
    public private(set) var newer = JSONObject()

    public init(
        at: Timestamp, fields: [FieldName: JSONValue], label: Text? = nil, undoes: [Dot] = [],
        origin: VectorClock? = nil, imported: ImportName? = nil, proof: EntryProof? = nil
    ) {
        self.at = at
        self.fields = fields
        self.label = label
        self.undoes = undoes
        self.origin = origin
        self.imported = imported
        self.proof = proof
    }

    /// Decodes ``bytes``, with unknown members of newer versions; `nil` for anything else.
    public init?(_ bytes: some Collection<UInt8>) {
        guard let value = try? JSONValue(parsing: bytes), var newer = value.asObject,
            let at = value["at"].flatMap(Self.millis),
            let fields = value["fields"]?.asObject, Timestamp.millisRange.contains(at),
            fields.allSatisfy({ FieldName($0.key).isWritable })
        else { return nil }
        self.at = Timestamp(millisSince1970: at)
        self.fields = Dictionary(uniqueKeysWithValues: fields.map { (FieldName($0.key), $0.value) })
        label = value["label"]?.asText.map { Text($0) }
        undoes = (value["undoes"]?.asArray ?? []).compactMap { $0.asText.flatMap { Dot($0) } }
        origin = value["origin"].flatMap { VectorClock($0) }
        imported = value["import"].flatMap { ImportName($0) }
        proof = value.asObject?.bytes("proof").flatMap { EntryProof($0) }
        for known in Self.known { newer[known] = nil }
        self.newer = newer
    }

    /// A time in whole milliseconds, from an integer or a real number; `nil` if it is out of range.
    private static func millis(_ value: JSONValue) -> Int? {
        switch value {
        case .integer(let millis): millis
        case .real(let millis): Int(exactly: millis.rounded(.down))
        default: nil
        }
    }

    private static let known: [Text] = ["at", "fields", "import", "label", "origin", "proof", "undoes"]

    /// Canonical JSON: `{"at":MILLIS,"fields":{…}}`, and the optional members that are set.
    public var bytes: [UInt8] {
        guard let fields = JSONObject(uniqueKeysWithValues: fields.map { ($0.key.text, $0.value) }) else {
            preconditionFailure("keys of a dictionary are unique")
        }
        var members = newer
        members["at"] = .integer(at.millisSince1970)
        members["fields"] = .object(fields)
        members["import"] = imported?.json
        members["label"] = label.map { .text($0) }
        members["origin"] = origin.map { JSONValue($0) }
        members["proof"] = proof.map { .bytes($0.bytes) }
        if !undoes.isEmpty { members["undoes"] = .array(undoes.map { .text(Text($0.description)) }) }
        return JSONValue.object(members).canonicalBytes()
    }
}
