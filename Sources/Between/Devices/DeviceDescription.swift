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
        let entry = access.keys.entry(describing: device)
        let describers = Defence.ownsDescriptions.stands ? access.keyring.describers(entry) : nil
        // What others wrote counts for nothing, also what came before the log said who they are.
        let edits = try reader.edits(of: entry, access.keyring).filter {
            describers?.contains($0.deviceKey) ?? true
        }
        func text(_ field: FieldName) -> String? {
            var register = MultiValueRegister<JSONValue>()
            for held in edits {
                if let value = held.content?.fields[field] { register.merge(Version(value, held.context)) }
            }
            return FieldRule.greatest.resolve(register.live).value.asText
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
    /// Names a device; what is so already is not written again, nor what nobody would heed: a device of the journal is
    /// named by itself and by who added it.
    ///
    /// - Returns: whether anything was written.
    func name(_ device: DeviceID, _ name: String) throws -> Bool {
        let describers =
            Defence.ownsDescriptions.stands ? standing.describers[access.keys.entry(describing: device)] : nil
        guard describers?.contains(access.keyring.deviceKey) ?? true else { return false }
        let known = try DeviceDescription(of: device, transaction.reader, access)
        guard known.name != name else { return false }
        try describe(device, [DeviceDescription.name: .text(Text(name))])
        return true
    }

    /// Writes fields of a device's description, and begins it if there is none.
    func describe(_ device: DeviceID, _ fields: [FieldName: JSONValue]) throws {
        var fields = fields
        if try !DeviceDescription(of: device, transaction.reader, access).exists {
            fields["kind"] = .text(Kind.device.name)
            fields["made"] = .text(Text(environment.now().description))
            fields["author"] = .text(Text(access.person.description))
        }
        try writer.append([.init(access.keys.entry(describing: device), content(fields))])
    }
}
