public import CanonicalJSON
public import Causality

/// The result of resolving a field's live values.
public struct Resolution: Hashable, Sendable {
    /// The value that is shown; `null` for none.
    public let value: JSONValue
    /// The rule that chose it; `nil` if all versions are equal.
    public let rule: FieldRule?
    /// The other live values without duplicates, in the order of their dots.
    public let others: [JSONValue]
    /// Whether a box that the merge needs is missing, so that the value is preliminary. Such a field cannot be
    /// settled.
    public let isPending: Bool

    init(_ value: JSONValue, rule: FieldRule? = nil, others: [JSONValue] = [], isPending: Bool = false) {
        self.value = value
        self.rule = rule
        self.others = others
        self.isPending = isPending
    }

    /// Whether the field has different live values.
    public var isConflict: Bool { rule != nil }
}

extension FieldRule {
    /// Resolves a field's live values, with the same result on every device. Beyond ``RecordLimits/liveValuesMax``
    /// values only those of the greatest edits count. Texts that exceed the size limit are not merged: the value of
    /// the greatest edit is shown.
    ///
    /// - Parameters:
    ///   - live: the live values, at least one; `null` if the field was cleared.
    ///   - history: every edit of the field that is held, for prose only; without a value if its box is missing.
    public func resolve(
        _ live: [Version<JSONValue>], history: () -> [Version<JSONValue?>] = { [] }
    ) -> Resolution {
        let live = live.count > RecordLimits.liveValuesMax ? Self.greatest(live) : live
        guard let greatest = live.max(by: { $0.context.precedence < $1.context.precedence }) else {
            return Resolution(.null)
        }
        let distinct = Self.distinct(live.sorted { $0.dot < $1.dot }.map(\.value))
        guard distinct.count > 1 else { return Resolution(greatest.value) }
        func chosen(_ value: JSONValue) -> Resolution {
            Resolution(value, rule: self, others: distinct.filter { $0 != value })
        }
        switch self {
        case .greatest, .unsettled: return chosen(greatest.value)
        case .anyTrue: return chosen(distinct.contains(.bool(true)) ? .bool(true) : greatest.value)
        case .ranked(let ranks): return chosen(Self.first(of: distinct, by: ranks) ?? greatest.value)
        case .earliest: return chosen(Self.least(of: distinct) ?? greatest.value)
        case .latestDue:
            let latest = distinct.max { DueDate.sortKey($0).lexicographicallyPrecedes(DueDate.sortKey($1)) }
            return chosen(latest ?? greatest.value)
        case .prose:
            // The merge is repeated for each version that arrives, and costs bytes times versions.
            guard Self.mergesAll(live.map(\.value)) else {
                return Resolution(greatest.value, rule: .greatest, others: distinct.filter { $0 != greatest.value })
            }
            return ProseAncestry(history: history()).resolve(live).map { merged in
                Resolution(merged, rule: self, others: distinct.filter { $0 != merged })
            }
                ?? Resolution(
                    greatest.value, rule: self, others: distinct.filter { $0 != greatest.value }, isPending: true)
        }
    }

    private static func greatest(_ live: [Version<JSONValue>]) -> [Version<JSONValue>] {
        Array(live.sorted { $0.context.precedence > $1.context.precedence }.prefix(RecordLimits.liveValuesMax))
    }

    private static func bytes(_ value: JSONValue) -> Int { value.asText?.utf8.count ?? 0 }

    /// Whether all of these versions of a text are merged.
    public static func mergesAll(_ values: [JSONValue]) -> Bool {
        values.count <= RecordLimits.liveValuesMax
            && values.count * values.reduce(0) { $0 + bytes($1) } <= RecordLimits.mergedCostMax
    }

    private static func distinct(_ values: [JSONValue]) -> [JSONValue] {
        values.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }

    private static func first(of values: [JSONValue], by ranks: [Text]) -> JSONValue? {
        ranks.lazy.map { JSONValue.text($0) }.first(where: values.contains)
    }

    private static func least(of values: [JSONValue]) -> JSONValue? {
        values.compactMap { $0.asText.map { Text($0) } }.min().map { .text($0) }
    }
}

/// The outcome of resolving concurrent values of a field.
public struct MergeChange: Hashable, Sendable {
    /// A sequence number, from which reading is resumed.
    public let number: Int
    public let entry: EntryID
    public let field: FieldName
    /// The time of the edit that caused it.
    public let at: Timestamp
    /// ``FieldRule/name``; `alive` for an entry that an edit took out of the trash.
    public let rule: String
    public let chosen: JSONValue
    public let others: [JSONValue]

    public init(
        number: Int, entry: EntryID, field: FieldName, at: Timestamp, rule: String, chosen: JSONValue,
        others: [JSONValue]
    ) {
        self.number = number
        self.entry = entry
        self.field = field
        self.at = at
        self.rule = rule
        self.chosen = chosen
        self.others = others
    }
}
