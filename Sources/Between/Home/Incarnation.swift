import CFileStatus
import CanonicalJSON
import Causality
import Foundation

/// What tells a database that is still itself from one that was copied or restored
/// so that no number is ever used twice.
///
/// It stands beside the database, in `HOME/incarnation`, and follows each commit. A
/// number in it that is lower than the database's is only late. A higher one, or
/// another file or machine, means that the database went back or is a copy: its next
/// write must be under a new name, and what is missing is told (``MissingEdits``).
struct Incarnation: Equatable {
    static let lengthMax = 64 * 1024

    var machine: String
    var inode: String
    var birth: String
    /// Of each space by its id: this device's line, and how far it wrote.
    var lines: [Text: Dot]

    /// Reads `HOME/incarnation`; `nil` for anything that this version did not write.
    init?(_ bytes: [UInt8]) {
        guard let value = try? JSONValue(parsing: bytes), let machine = value["machine"]?.asText,
            let inode = value["inode"]?.asText, let birth = value["birth"]?.asText,
            let lines = value["lines"]?.asObject
        else { return nil }
        self.machine = machine
        self.inode = inode
        self.birth = birth
        self.lines = [:]
        for (space, dot) in lines {
            guard let dot = dot.asText.flatMap({ Dot($0) }) else { return nil }
            self.lines[space] = dot
        }
    }

    /// The database that stands at a path now, on this machine.
    init(of database: String, lines: [Text: Dot] = [:]) {
        var inode: UInt64 = 0
        var birth: Int64 = 0
        _ = between_file_identity(database, &inode, &birth)
        machine = Self.machineID
        self.inode = String(inode)
        self.birth = String(birth)
        self.lines = lines
    }

    var bytes: [UInt8] {
        var lines = JSONObject()
        for (space, dot) in self.lines { lines[space] = .text(Text(dot.description)) }
        return JSONValue.object([
            "birth": .text(Text(birth)), "inode": .text(Text(inode)), "lines": .object(lines),
            "machine": .text(Text(machine)),
        ]).canonicalBytes()
    }

    /// Whether it tells of nothing but one line of one space, and of that nothing which the database does not hold.
    func isCovered(by last: Dot?, in space: Text) -> Bool {
        guard let last, lines.count == 1, let written = lines[space] else { return lines.isEmpty }
        return written.replica == last.replica && written.n <= last.n
    }

    /// Whether the next write to a space must be under a new name.
    ///
    /// - Parameters:
    ///   - stored: what stands beside the database.
    ///   - present: the database that is there.
    ///   - space: the space's id.
    ///   - last: this device's last dot there, as the database knows it; `nil` if it wrote nothing there.
    /// - Returns: whether to leave the line.
    static func mustLeave(_ stored: Incarnation?, _ present: Incarnation, space: Text, last: Dot?) -> Bool {
        guard let last else { return false }
        guard let stored, mayBeOne(stored.machine, present.machine), stored.inode == present.inode,
            stored.birth == present.birth
        else { return true }
        guard let written = stored.lines[space] else { return false }
        // Another line's number says nothing of this one but that the database knew it once.
        return written.replica != last.replica || written.n > last.n
    }

    /// Whether two machines may be one: one without a name says nothing of itself.
    private static func mayBeOne(_ one: String, _ other: String) -> Bool {
        one == other || one.isEmpty || other.isEmpty
    }

    /// A name of this machine that a copied disk image shares and another machine does not; empty where it has none.
    ///
    /// Containers mostly have none, and a host name that is new each time: taken for the machine's, it would make each
    /// start another replica. Inode and birth time tell a copied file all the same. The number of the device where the
    /// file lies says nothing either: many a disk has another one after each start.
    static func machineID(from paths: [String] = Self.machineFiles) -> String {
        for path in paths {
            guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { continue }
            let id = text.trimmingCharacters(in: .whitespacesAndNewlines)
            // An image that was never started has a file without a name.
            if !id.isEmpty, id != "uninitialized" { return id }
        }
        return ""
    }

    static let machineFiles = ["/etc/machine-id", "/var/lib/dbus/machine-id"]
    private static let machineID = machineID()
}

extension Journal {
    /// What tells this machine from others, for tests.
    package static func machineID(from paths: [String]? = nil) -> String {
        Incarnation.machineID(from: paths ?? Incarnation.machineFiles)
    }
}

extension HomeFolder {
    func storedIncarnation() throws -> Incarnation? {
        try read(incarnation, lengthMax: Incarnation.lengthMax).flatMap { Incarnation($0) }
    }
}
