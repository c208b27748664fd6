import CanonicalJSON
import Causality

/// Finds the common ancestor of versions of a text, and merges them against it.
struct ProseAncestry {
    let history: [Version<JSONValue?>]

    /// The merged text of these versions; `nil` while a needed box is missing.
    ///
    /// The base is the resolved value of the greatest edits that all of the versions had seen; if there are several,
    /// these are first resolved in the same way.
    func resolve(_ live: [Version<JSONValue>]) -> JSONValue? {
        text(of: live.map { Version($0.value, $0.context) }, depth: 0).map { $0.isEmpty ? .null : .text(Text($0)) }
    }

    private func text(of versions: [Version<JSONValue?>], depth: Int) -> String? {
        let versions = versions.sorted { $0.dot < $1.dot }
        var texts: [String] = []
        for version in versions {
            guard let value = version.value else { return nil }
            texts.append(value.asText ?? "")
        }
        guard texts.count > 1 else { return texts.first ?? "" }
        let ancestors = greatestSeen(byAll: versions)
        // Normal histories are never this deep, nor have so much text; every device stops at the same place. Boxes that
        // are still missing can only add to a text that is too long already.
        let isMerged =
            depth < RecordLimits.ancestryDepthMax && FieldRule.mergesAll(ancestors.map { $0.value ?? .null })
        let bases = isMerged ? ancestors : Array(ancestors.suffix(1))
        guard let base = text(of: bases, depth: depth + 1) else { return nil }
        return ProseMerge(base: base, versions: texts).text
    }

    /// The edits that all versions had seen, without those that another of these had seen; the greatest last.
    private func greatestSeen(byAll versions: [Version<JSONValue?>]) -> [Version<JSONValue?>] {
        let common = history.filter { edit in versions.allSatisfy { $0.context.saw(edit.dot) } }
            .sorted { $0.context.precedence > $1.context.precedence }
        var greatest: [Version<JSONValue?>] = []
        for edit in common where !greatest.contains(where: { $0.context.saw(edit.dot) }) { greatest.append(edit) }
        return greatest.reversed()
    }
}
