import CanonicalJSON

/// The fields of every kind that this version knows.
public enum Schema {
    /// The fields of a kind with those of the envelope; those of the envelope alone for a kind that is not known.
    public static func fields(of kind: Kind) -> [FieldSpec] {
        let spec = KindSpec[kind]
        return [FieldSpec("at", .moment, spec?.atRule ?? .greatest)] + envelope + (spec?.fields ?? [])
    }

    /// The field of this name, or the one whose element it names; `nil` if this version does not know it.
    public static func field(_ name: FieldName, of kind: Kind) -> FieldSpec? {
        index[kind, default: index[unknown] ?? [:]][name.collection].flatMap { spec in
            spec.isCollection == (name.element != nil) ? spec : nil
        }
    }

    private static let unknown = Kind("")

    private static let index: [Kind: [Text: FieldSpec]] = Dictionary(
        uniqueKeysWithValues: (Kind.known + [unknown]).map { kind in
            (kind, Dictionary(uniqueKeysWithValues: fields(of: kind).map { ($0.name, $0) }))
        })

    /// What every entry has. `gone` resolves with the whole entry; see ``EntryVersions``.
    static let envelope = [
        FieldSpec("kind", .word, isSetOnce: true),
        FieldSpec("made", .timestamp, isSetOnce: true),
        FieldSpec("author", .id, isSetOnce: true),
        FieldSpec("about", .id),
        FieldSpec("tags", .set, .anyTrue),
        FieldSpec("flag", .flag, .anyTrue),
        FieldSpec("x", .map),
        FieldSpec("gone", .choice(["trashed"])),
    ]
}
