import CanonicalJSON

/// The fields of all kinds that this version knows.
public enum Schema {
    /// The fields of a kind, including those of every entry; only the latter for an unknown kind.
    public static func fields(of kind: Kind) -> [FieldSpec] {
        let spec = KindSpec[kind]
        return [FieldSpec("at", .moment, spec?.atRule ?? .greatest)] + envelope + (spec?.fields ?? [])
    }

    /// The field of this name, or the collection that contains the element; `nil` if this version does not know it.
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

    /// The fields of every entry. `gone` is resolved with the whole entry; see ``EntryVersions``.
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
