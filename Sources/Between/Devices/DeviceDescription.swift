import CanonicalJSON
import Causality
import Records
import ReplicaStore
import Sealing

/// The name and the creation time of a device, stored as an entry of the space: it is sealed, synced and merged like
/// others, and never listed as one.
struct DeviceDescription: Hashable {
    static let name: FieldName = "name"

    /// Its name, cut to the length limit of names.
    let name: String?
    let made: Timestamp?
    /// Whether there is any description.
    let exists: Bool

    init(of device: DeviceID, _ reader: StoreReader, _ access: JournalAccess) throws {
        let entry = access.keys.entry(describing: device)
        let describers = Defence.ownsDescriptions.stands ? access.keyring.describers(entry) : nil
        // Edits by others are ignored, even those that arrived before the log showed who may describe the device.
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
    /// The id of the entry that describes a device, which every device of the space can derive, and nobody else.
    func entry(describing device: DeviceID) -> EntryID {
        importedEntryID(source: "between device", id: device.description)
    }
}

extension WritingSession {
    /// Names a device. Nothing is written if the name is the same, or if others would ignore it: a device is named by
    /// itself and by the device that added it.
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

    /// Writes fields of a device's description, which is created if there is none.
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
