public import CanonicalJSON

/// What an entry is called where it was imported from. Each space makes its own id of it, so that what two devices
/// imported is one entry once they are of one space.
public struct ImportName: Hashable, Sendable {
    /// The program it comes from, `jrnl` say.
    public let source: Text
    /// Its name there.
    public let id: Text

    public init(source: Text, id: Text) {
        self.source = source
        self.id = id
    }

    /// Is `nil` for anything but what ``json`` gives.
    init?(_ value: JSONValue) {
        guard let source = value["source"]?.asText, let id = value["id"]?.asText else { return nil }
        self.init(source: Text(source), id: Text(id))
    }

    /// `{"id":…,"source":…}`.
    var json: JSONValue { ["id": .text(id), "source": .text(source)] }
}
