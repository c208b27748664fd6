import CFileStatus
import CanonicalJSON
import Causality
import Foundation

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

    /// Whether it contains at most one feed of one space, and no dot beyond those in the database.
    func isCovered(by last: Dot?, in space: Text) -> Bool {
        guard let last, feeds.count == 1, let written = feeds[space] else { return feeds.isEmpty }
        return written.replica == last.replica && written.n <= last.n
    }

    /// Whether the next write to a space must use a new replica id.
    ///
    /// - Parameters:
    ///   - stored: the content of the incarnation file.
    ///   - present: the identity of the present database.
    ///   - space: the id of the space.
    ///   - last: this device's last dot in the database; `nil` if it wrote nothing to the space.
    static func mustLeave(_ stored: Incarnation?, _ present: Incarnation, space: Text, last: Dot?) -> Bool {
        guard let last else { return false }
        guard let stored, mayBeOne(stored.machine, present.machine), stored.inode == present.inode,
            stored.birth == present.birth
        else { return true }
        guard let written = stored.feeds[space] else { return false }
        // A dot of another feed only says that the database once knew that feed.
        return written.replica != last.replica || written.n > last.n
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
}
