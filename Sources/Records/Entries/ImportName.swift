public import CanonicalJSON

/// The name of an entry at the source from which it was imported. Each space derives an id from it, so that entries
/// imported on two devices of a space are the same entry.
public struct ImportName: Hashable, Sendable {
    /// The program, for example `jrnl`.
    public let source: Text
    /// Its id there.
    public let id: Text

    public init(source: Text, id: Text) {
        self.source = source
        self.id = id
    }

    /// `nil` for anything but ``json``.
    init?(_ value: JSONValue) {
        guard let source = value["source"]?.asText, let id = value["id"]?.asText else { return nil }
        self.init(source: Text(source), id: Text(id))
    }

    /// `{"id":…,"source":…}`.
    var json: JSONValue { ["id": .text(id), "source": .text(source)] }
}
