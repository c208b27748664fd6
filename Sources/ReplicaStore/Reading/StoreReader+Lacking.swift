import CanonicalJSON
public import Causality
import GRDB
import SQLiteFile
import Records

/// Missing boxes.
extension StoreReader {
    /// Edits whose boxes are needed and missing: live ones, and ancestors that a merge waits for.
    ///
    /// The cost is proportional to the result, not to the number of stubs.
    ///
    /// - Parameters:
    ///   - known: edits to leave out.
    ///   - limit: the most edits to return.
    public func lackingBoxes(
        in space: Space, besides known: Set<Dot> = [], limit: Int, _ keyring: Keyring
    ) throws -> [Dot] {
        var dots: [Dot] = []
        var met = known
        func add(_ dot: Dot) { if dots.count < limit, met.insert(dot).inserted { dots.append(dot) } }
        let live = try database.all(
            """
            SELECT line.replica, lacking.n FROM lacking JOIN line ON line.key = lacking.line
            WHERE line.space = ? ORDER BY lacking.entry, lacking.token
            """, space.key.value)
        for row in live {
            guard let replica = ReplicaID(column: row.bytes(0)) else { throw StoreError.inconsistent("a line") }
            add(Dot(replica, row[1]))
        }
        guard dots.count < limit else { return dots }
        let pending = try database.all(
            """
            SELECT choice.entry, choice.field, entry.id FROM choice JOIN entry ON entry.key = choice.entry
            WHERE choice.is_pending = 1 AND entry.space = ? ORDER BY choice.entry, choice.field
            """, space.key.value)
        for row in pending where dots.count < limit {
            guard let id = EntryID(row.bytes(2)) else { throw StoreError.inconsistent("an entry's id") }
            let name = FieldName(Text(row[1] as String))
            for dot in try ancestorsLacking(of: name, row[0], id, keyring) { add(dot) }
        }
        return dots
    }

    /// The edits whose boxes the merge of a field waits for: the nearest ones; earlier ones are known only once these
    /// are here.
    private func ancestorsLacking(
        of name: FieldName, _ entry: Int64, _ id: EntryID, _ keyring: Keyring
    ) throws -> [Dot] {
        let token = keyring.token(name, id)
        let edits = try edits(ofRow: entry, id, keyring).filter { $0.edit.header.tokens.contains(token) }
        let readable = edits.filter { $0.content != nil || $0.edit.box == nil }
        var versions = readable.filter { $0.live.contains(name) }
        // Searches for common ancestors as the merge does, to the same depth.
        for depth in 0...RecordLimits.ancestryDepthMax + 1 {
            let lacking = versions.filter { $0.edit.box == nil }
            guard lacking.isEmpty else { return lacking.map(\.context.dot) }
            guard versions.count > 1 else { return [] }
            let common = readable.filter { edit in versions.allSatisfy { $0.context.saw(edit.context.dot) } }
                .sorted { $0.context.precedence > $1.context.precedence }
            versions = []
            for edit in common where !versions.contains(where: { $0.context.saw(edit.context.dot) }) {
                versions.append(edit)
            }
            if depth >= RecordLimits.ancestryDepthMax { versions = Array(versions.prefix(1)) }
        }
        return []
    }

    /// The box of an edit, if it is here.
    public func box(of dot: Dot, in space: Space) throws -> [UInt8]? {
        guard let line = try line(of: dot.replica, in: space) else { return nil }
        let row = try database.first(
            "SELECT box FROM edit WHERE line = ? AND n = ? AND box IS NOT NULL", line.value, dot.n.value)
        return row?.bytes(0)
    }
}
