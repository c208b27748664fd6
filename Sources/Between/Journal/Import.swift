public import CanonicalJSON
public import Causality
public import Records

/// An entry to import.
public struct ImportItem: Sendable {
    /// Its identity at its source.
    public enum Name: Hashable, Sendable {
        /// An id of another program, from which ours is derived under a key of the space.
        case foreign(source: String, id: String)
        /// No id: the source only gives a place, for example a minute, and the entry is identified by its text. See
        /// ``ImportMatching``.
        case unnamed(source: String, place: String)
        /// One of our ids, from an export.
        case own(EntryID)
    }

    public let name: Name
    /// Including its kind.
    public let fields: [FieldName: JSONValue]
    public let isTrashed: Bool
    /// When it was written, and its clock; for our own exports.
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

/// Counts of an import.
public struct ImportCounts: Hashable, Sendable {
    public internal(set) var new = 0
    /// Already here, the same or newer.
    public internal(set) var same = 0
    public internal(set) var updated = 0
    /// Forgotten here, which is final, or not importable.
    public internal(set) var skipped = 0
    /// The first updated entries, at most ``updatesMax``.
    public internal(set) var updates: [Update] = []

    /// An existing entry that the import changes.
    public struct Update: Hashable, Sendable {
        public let id: EntryID
        public let kind: Kind
        /// Its `at` before the import.
        public let at: String
        /// ``Entry/title`` before and after the import.
        public let title: String
        public let newTitle: String
        /// The new text from the first word that differs; empty if the text is unchanged.
        public let difference: String
    }

    /// How many updates are listed.
    public static let updatesMax = 20

    public init(new: Int = 0) { self.new = new }

    public var total: Int { new + same + updated + skipped }
}

extension ImportItem {
    /// An entry of our own export.
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
