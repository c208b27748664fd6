public import Causality
import GRDB
import SQLiteFile

/// The checks of `btw doctor`.
extension StoreWriter {
    /// What is wrong; empty if the replica is sound.
    public struct Findings: Hashable, Sendable {
        /// Feeds whose hashes do not match their edits.
        public var brokenFeeds: [ReplicaID] = []
        /// Edits whose box does not match the hash in their header.
        public var brokenBoxes: [Dot] = []
        /// Edits whose box cannot be opened.
        public var unopened: [Dot] = []
        /// Whether the derived tables did not match the edits, and were rebuilt.
        public var wereTablesWrong = false

        public var isSound: Bool { brokenFeeds.isEmpty && brokenBoxes.isEmpty && !wereTablesWrong }
    }

    /// Checks feeds, hashes and boxes, and rebuilds the derived tables.
    ///
    /// - Parameters:
    ///   - isSigned: whether a signature over a feed's hash is that of the feed's device.
    ///   - progress: called with the number of finished entries.
    /// - Returns: the findings. Derived tables are correct afterwards.
    public func check(
        isSigned: (ReplicaOrigin, Hash256, [UInt8]) -> Bool, progress: (Int) -> Void = { _ in }
    ) throws -> Findings {
        try closeBatch()
        var findings = Findings()
        var ends: [ReplicaID: Hash256] = [:]
        try reader.batches(of: space, notCoveredBy: VectorClock()) { batch in
            let replica = batch.header.replica
            let before = ends[replica] ?? FeedState.start(space: space.id, replica: replica, keyring.hash)
            let end = batch.tip(keyring.hash)
            ends[replica] = end.hash
            let isRight = batch.header.previous == before && reader.holds(end, in: space)
            guard let feed = try feed(of: replica) else { throw StoreError.inconsistent("a batch of no feed") }
            let origin = try origin(ofFeed: feed)
            if !isRight || !isSigned(origin, end.hash, batch.signature), !findings.brokenFeeds.contains(replica) {
                findings.brokenFeeds.append(replica)
            }
            for (dot, edit) in batch.dotted {
                guard let box = edit.box else { continue }
                if keyring.hash(box) != edit.header.boxHash {
                    findings.brokenBoxes.append(dot)
                } else if keyring.content(of: edit, at: dot, epoch: batch.header.epoch) == nil {
                    findings.unopened.append(dot)
                }
            }
        }
        let isIndexSound =
            (try? database.execute(sql: "INSERT INTO word_index (word_index) VALUES ('integrity-check')")) != nil
        let before = try projectionDigest()
        try rebuild(progress: progress)
        findings.wereTablesWrong = try !isIndexSound || projectionDigest() != before
        return findings
    }

    /// A hash over the content of all derived tables.
    private func projectionDigest() throws -> Hash256 {
        var digest = keyring.hash([])
        let tables = ["entry", "cell", "lacking", "undone", "choice", "element", "first_value"] + StoreColumns.tables
        for table in tables {
            let columns = try database.columns(in: table).map { "quote(\"\($0.name)\")" }.joined(
                separator: " || ',' || ")
            try database.each("SELECT \(columns) AS row FROM \(table) ORDER BY row") { row in
                digest = keyring.hash(digest.bytes + Array((row[0] as String).utf8))
            }
        }
        return digest
    }
}

extension StoreReader {
    /// Whether a batch of a feed ends at this dot with this hash.
    public func holds(_ end: Tip, in space: Space) -> Bool {
        (try? holding(end.dot, in: space)) == .end(end.hash)
    }
}
