import CFileStatus
import CanonicalJSON
import Causality
import Foundation
import ReplicaStore

/// Detects that a database was copied or restored, so that no dot is ever used twice.
///
/// It is stored beside the database, in `HOME/incarnation`, and written after each commit. A number in it that is
/// lower than the database's is only late. A higher one, or another inode, birth time or machine, means that the
/// database is a copy or an older state: its next write must use a new replica id, and what is missing is reported
/// (``MissingEdits``).
struct Incarnation: Equatable {
    static let lengthMax = 64 * 1024

    var machine: String
    var inode: String
    var birth: String
    /// The last dot of this device's feed, by space id.
    var feeds: [Text: Dot]

    /// Parses `HOME/incarnation`; `nil` for anything that this version did not write.
    init?(_ bytes: [UInt8]) {
        guard let value = try? JSONValue(parsing: bytes), let machine = value["machine"]?.asText,
            let inode = value["inode"]?.asText, let birth = value["birth"]?.asText,
            let feeds = value["lines"]?.asObject
        else { return nil }
        self.machine = machine
        self.inode = inode
        self.birth = birth
        self.feeds = [:]
        for (space, dot) in feeds {
            guard let dot = dot.asText.flatMap({ Dot($0) }) else { return nil }
            self.feeds[space] = dot
        }
    }

    /// The identity of the database at a path, on this machine.
    init(of database: String, feeds: [Text: Dot] = [:]) {
        var inode: UInt64 = 0
        var birth: Int64 = 0
        _ = between_file_identity(database, &inode, &birth)
        machine = Self.machineID
        self.inode = String(inode)
        self.birth = String(birth)
        self.feeds = feeds
    }

    var bytes: [UInt8] {
        var feeds = JSONObject()
        for (space, dot) in self.feeds { feeds[space] = .text(Text(dot.description)) }
        return JSONValue.object([
            "birth": .text(Text(birth)), "inode": .text(Text(inode)), "lines": .object(feeds),
            "machine": .text(Text(machine)),
        ]).canonicalBytes()
    }

    /// Whether it contains no dot beyond those in the database.
    ///
    /// - Parameter own: this device's last dot in each space of the database.
    func isCovered(by own: [Text: Dot]) -> Bool {
        feeds.allSatisfy { space, written in
            own[space].map { written.replica == $0.replica && written.n <= $0.n } ?? false
        }
    }

    /// The feeds of this device that its next writes may continue; in a space without one they must use a new replica
    /// id.
    ///
    /// A write to one space also replaces what the file says of the others, so a feed that the file does not name is
    /// not continued either: it was left, and its space was not written to since.
    ///
    /// - Parameters:
    ///   - own: this device's last dot in each space of the database.
    ///   - stored: the content of the incarnation file.
    ///   - present: the identity of the present database.
    static func continued(_ own: [Text: Dot], _ stored: Incarnation?, _ present: Incarnation) -> [Text: Dot] {
        guard let stored, mayBeOne(stored.machine, present.machine), stored.inode == present.inode,
            stored.birth == present.birth
        else { return [:] }
        // A dot of another feed only says that the database once knew that feed.
        return own.filter { space, last in
            stored.feeds[space].map { $0.replica == last.replica && $0.n <= last.n } ?? false
        }
    }

    /// Whether two machine ids may be of one machine: a missing id matches any.
    private static func mayBeOne(_ one: String, _ other: String) -> Bool {
        one == other || one.isEmpty || other.isEmpty
    }

    /// The machine's id, which a copied disk image shares and another machine does not; empty if there is none.
    ///
    /// Containers mostly have none, and a random host name: as a machine id, it would make each start a new replica.
    /// Inode and birth time still reveal a copied file. The file system's device number is not used, since it often
    /// changes at a reboot.
    static func machineID(from paths: [String] = Self.machineFiles) -> String {
        for path in paths {
            guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { continue }
            let id = text.trimmingCharacters(in: .whitespacesAndNewlines)
            // An image that was never booted has a placeholder in the file.
            if !id.isEmpty, id != "uninitialized" { return id }
        }
        return ""
    }

    static let machineFiles = ["/etc/machine-id", "/var/lib/dbus/machine-id"]
    private static let machineID = machineID()
}

extension Journal {
    /// The machine's id, for tests.
    package static func machineID(from paths: [String]? = nil) -> String {
        Incarnation.machineID(from: paths ?? Incarnation.machineFiles)
    }
}

extension HomeFolder {
    func storedIncarnation() throws -> Incarnation? {
        try read(incarnation, lengthMax: Incarnation.lengthMax).flatMap { Incarnation($0) }
    }

    /// Updates the incarnation file after a commit.
    ///
    /// A stale file is corrected by the next write, so a failure here is harmless.
    func follow(_ feeds: [Text: Dot]) {
        try? follow(incarnation, with: Incarnation(of: database, feeds: feeds).bytes)
    }
}

extension StoreReader {
    /// This device's last dot in each space, by ``ReplicaStore/Space/text``.
    func ownDots() throws -> [Text: Dot] {
        var dots: [Text: Dot] = [:]
        for space in try spaces() { dots[space.text] = try lastOwnDot(in: space) }
        return dots
    }
}

extension Space {
    /// Its id as the incarnation file has it.
    var text: Text { Text(SpaceID(id)?.description ?? "") }
}
