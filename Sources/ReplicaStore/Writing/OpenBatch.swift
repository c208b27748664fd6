import Causality

/// The batch that this device is writing: growing, and not signed yet.
struct OpenBatch {
    let line: Int64
    let replica: ReplicaID
    let first: Int
    /// The clock of all other feeds that are held.
    let seen: VectorClock
    let head: Hash256
    /// The current epoch at its head, whose key seals all of its boxes.
    let epoch: Hash256
    var count: Int
    /// The upper bound of its edits' encoded length in bytes.
    var bytes: Int
    /// The upper bound of its header's encoded length: it contains the rows of the clock that changed.
    let headerBytes: Int

    /// The number of the feed's last edit.
    var end: Int { first + count - 1 }

    mutating func add(_ edit: Edit) {
        count += 1
        bytes += Self.lineLength(
            boxBytes: edit.box?.count ?? 0, tokens: edit.header.tokens.count, unread: edit.header.unread.count)
    }

    /// The most bytes of an encoded batch, including its header; also in `Protocol/SPEC.md`.
    static let bytesMax = 512 * 1024
    /// The most bytes of the encoded edits of one group: leaves room for a clock of a few hundred rows.
    static let groupBytesMax = bytesMax - 32 * 1024

    /// The upper bound of a header's encoded length: a row is a replica, a number and a hash.
    static func headerLength(rows: Int) -> Int { 1024 + rows * 88 }

    /// The upper bound of an edit's encoded length: boxes are base64url, tokens and dots are text.
    static func lineLength(boxBytes: Int, tokens: Int, unread: Int) -> Int {
        256 + (boxBytes + 2) / 3 * 4 + tokens * 19 + unread * 40
    }
}
