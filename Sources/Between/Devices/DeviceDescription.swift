import CanonicalJSON
import Causality
import Records
import ReplicaStore
import Sealing

/// What a space knows of one of its devices besides its keys: an entry of the space, so that it is sealed, syncs
/// and merges as all others do, and is never shown as one.
struct DeviceDescription: Hashable {
    static let name: FieldName = "name"

    /// What people call it, as long as a name may be.
    let name: String?
    let made: Timestamp?
    /// Whether anything is known.
    let exists: Bool

    init(of device: DeviceID, _ reader: StoreReader, _ access: JournalAccess) throws {
        let edits = try reader.edits(of: access.keys.entry(describing: device), access.keyring)
        func text(_ field: FieldName) -> String? {
            let live = edits.filter { $0.live.contains(field) }.compactMap { held in
                held.content?.fields[field].map { Version($0, held.context) }
            }
            return FieldRule.greatest.resolve(live).value.asText
        }
        let cut = text(Self.name).map { PairingName.cut($0) }
        name = cut == "" ? nil : cut
        made = text("made").flatMap { Timestamp($0) }
        exists = !edits.isEmpty
    }
}

extension SpaceKeys {
    /// The entry that describes a device: every device of the space finds it, and nobody else.
    func entry(describing device: DeviceID) -> EntryID {
        importedEntryID(source: "between device", id: device.description)
    }
}

extension WritingSession {
    /// Names a device; what is so already is not written again.
    ///
    /// - Returns: whether anything was written.
    func name(_ device: DeviceID, _ name: String) throws -> Bool {
        let known = try DeviceDescription(of: device, transaction.reader, access)
        guard known.name != name else { return false }
        var fields: [FieldName: JSONValue] = [DeviceDescription.name: .text(Text(name))]
        if !known.exists {
            fields["kind"] = .text(Kind.device.name)
            fields["made"] = .text(Text(environment.now().description))
            fields["author"] = .text(Text(access.person.description))
        }
        try writer.append([.init(access.keys.entry(describing: device), content(fields))])
        return true
    }
}
