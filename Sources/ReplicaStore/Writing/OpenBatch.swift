import Causality

/// The batch that this device is writing: not signed yet, and growing.
struct OpenBatch {
    let line: Int64
    let replica: ReplicaID
    let first: Int
    /// All that is held of other lines.
    let seen: VectorClock
    let head: Hash256
    /// The epoch that reigns at its head: under its key, and no later one, all of its boxes are sealed.
    let epoch: Hash256
    var count: Int
    /// The length of its edits' lines on the wire, at most.
    var bytes: Int
    /// The length of its own line there, at most: it names the rows of the clock that moved.
    let headerBytes: Int

    /// The number of the line's last edit.
    var end: Int { first + count - 1 }

    mutating func add(_ edit: Edit) {
        count += 1
        bytes += Self.lineLength(
            boxBytes: edit.box?.count ?? 0, tokens: edit.header.tokens.count, unread: edit.header.unread.count)
    }

    /// Bytes of a batch's lines, its header's included; `Protocol/SPEC.md` states it too.
    static let bytesMax = 512 * 1024
    /// Bytes of the edits' lines of one group: a clock of a few hundred rows fits beside it.
    static let groupBytesMax = bytesMax - 32 * 1024

    /// The length of a batch's own line on the wire, at most: a row is a replica, a number and a hash.
    static func headerLength(rows: Int) -> Int { 1024 + rows * 88 }

    /// The length of an edit's line on the wire, at most: boxes are base64url there, tokens and dots are text.
    static func lineLength(boxBytes: Int, tokens: Int, unread: Int) -> Int {
        256 + (boxBytes + 2) / 3 * 4 + tokens * 19 + unread * 40
    }
}
