import CanonicalJSON

/// The fields of every kind that this version knows.
public enum Schema {
    /// The fields of a kind with those of the envelope; those of the envelope alone for a kind that is not known.
    public static func fields(of kind: Kind) -> [FieldSpec] {
        // Two times for one session are nothing that a rule may choose between: somebody would stand there alone.
        [FieldSpec("at", .moment, kind == .session ? .unsettled : .greatest)] + envelope + (own[kind] ?? [])
    }

    /// The field of this name, or the one whose element it names; `nil` if this version does not know it.
    public static func field(_ name: FieldName, of kind: Kind) -> FieldSpec? {
        let (collection, element) = name.parts
        return index[kind, default: index[unknown] ?? [:]][collection].flatMap { spec in
            spec.isCollection == (element != nil) ? spec : nil
        }
    }

    private static let unknown = Kind("")

    private static let index: [Kind: [Text: FieldSpec]] = Dictionary(
        uniqueKeysWithValues: (Kind.known + [unknown]).map { kind in
            (kind, Dictionary(uniqueKeysWithValues: fields(of: kind).map { ($0.name, $0) }))
        })

    /// What every entry has. `gone` resolves with the whole entry; see ``EntryVersions``.
    private static let envelope = [
        FieldSpec("kind", .word, isSetOnce: true),
        FieldSpec("made", .timestamp, isSetOnce: true),
        FieldSpec("author", .id, isSetOnce: true),
        FieldSpec("about", .id),
        FieldSpec("tags", .set, .anyTrue),
        FieldSpec("flag", .flag, .anyTrue),
        FieldSpec("x", .map),
        FieldSpec("gone", .choice(["trashed"])),
    ]

    private static let percent: FieldType = .integer(-100...100)

    private static let own: [Kind: [FieldSpec]] = [
        .note: [
            FieldSpec("role", .word, standard: "entry"),
            FieldSpec("body", .prose, .prose),
            FieldSpec("value", .number),
            FieldSpec("of", .number),
            FieldSpec("settled_at", .timestamp),
            FieldSpec("rank", .line),
        ],
        .homework: [
            FieldSpec("title", .line),
            FieldSpec("body", .prose, .prose),
            FieldSpec("owner", .id),
            FieldSpec("session", .id),
            FieldSpec("due", .due, .latestDue),
            FieldSpec(
                "state", .choice(["open", "done", "let_go"]), .ranked(["done", "let_go", "open"]), standard: "open"),
            FieldSpec("done_at", .timestamp, .earliest),
            FieldSpec("target", .integer(1...1_000_000), standard: 1),
            FieldSpec("outcome", .prose, .prose),
            FieldSpec("rank", .line),
        ],
        .mood: [
            FieldSpec("valence", percent),
            FieldSpec("energy", percent),
            FieldSpec("feelings", .set, .anyTrue),
            FieldSpec("body", .prose, .prose),
            FieldSpec("span", .choice(["moment", "day"]), standard: "moment"),
        ],
        .session: [
            FieldSpec("minutes", .integer(1...1440), standard: 50),
            FieldSpec("state", .choice(["planned", "held", "missed", "cancelled"]), standard: "planned"),
            FieldSpec("topic", .line),
            FieldSpec("focus", .line),
            FieldSpec("form", .choice(["grow", "oskar", "star"])),
            FieldSpec("body", .prose, .prose),
        ],
    ]
}
