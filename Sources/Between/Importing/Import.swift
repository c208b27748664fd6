public import CanonicalJSON
public import Causality
public import Records

/// Entries that come from elsewhere.
public struct ImportItem: Sendable {
    /// How it is called where it comes from.
    public enum Name: Hashable, Sendable {
        /// A name of another program: ours follows from it, under a key of the space.
        case foreign(source: String, id: String)
        /// None: it is one of those that another program has in the same place, a minute say, and is known by its
        /// text. ``ImportMatching`` says how.
        case unnamed(source: String, place: String)
        /// A name of ours, from an export.
        case own(EntryID)
    }

    public let name: Name
    /// Its kind stands among them.
    public let fields: [FieldName: JSONValue]
    public let isTrashed: Bool
    /// When it was written, and the clock that it had there; for exports of ours.
    public let edited: Timestamp?
    public let clock: VectorClock?

    public init(
        _ name: Name, _ fields: [FieldName: JSONValue], isTrashed: Bool = false, edited: Timestamp? = nil,
        clock: VectorClock? = nil
    ) {
        self.name = name
        self.fields = fields
        self.isTrashed = isTrashed
        self.edited = edited
        self.clock = clock
    }
}

/// What an import did, entry by entry.
public struct ImportCounts: Hashable, Sendable {
    public internal(set) var new = 0
    /// Already here, just so or newer.
    public internal(set) var same = 0
    public internal(set) var updated = 0
    /// Forgotten here: those never come back. Or nothing that an import may write.
    public internal(set) var skipped = 0
    /// The first of those that were updated, at most ``updatesMax``.
    public internal(set) var updates: [Update] = []

    /// An entry that is here and shows something else afterwards.
    public struct Update: Hashable, Sendable {
        public let id: EntryID
        public let kind: Kind
        /// When it happened, as it stood here.
        public let at: String
        /// ``Entry/title`` as it was here, and as it is with what came in.
        public let title: String
        public let newTitle: String
        /// How its text goes on from the first word that differs; empty if the text stays.
        public let difference: String
    }

    /// How many updates are named.
    public static let updatesMax = 20

    public init(new: Int = 0) { self.new = new }

    public var total: Int { new + same + updated + skipped }
}

extension ImportItem {
    /// An entry of an export of ours.
    package init(_ exported: ExportedEntry) {
        let entry = exported.entry
        self.init(
            .own(entry.id), entry.fields.merging(["kind": .text(entry.kind.name)]) { $1 }, isTrashed: entry.isTrashed,
            edited: entry.edited, clock: entry.clock)
    }
}

extension ImportItem {
    /// An entry of jrnl's export.
    package init(_ jrnl: JrnlFile.Imported) {
        let name: Name =
            switch jrnl.name {
            case .uuid(let uuid): .foreign(source: "jrnl", id: uuid.string)
            case .amongThose(let place): .unnamed(source: "jrnl", place: place.string)
            }
        self.init(name, jrnl.fields)
    }
}
