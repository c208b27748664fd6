import CanonicalJSON
public import Causality
import Membership
public import Records
import ReplicaStore
import Sealing

extension JournalSpace {
    /// A device of the journal, for display.
    public struct Device: Hashable, Sendable {
        public let id: DeviceID
        /// The person that it belongs to.
        public let person: PersonID
        /// The beginning of the hash of its signing key, to be compared on two screens: `3f0a 91c2 …`.
        public let fingerprint: String
        /// Its name; `nil` if it has none.
        public let name: String?
        /// When it was added; `nil` if that was not recorded.
        public let added: Timestamp?
        /// When it was last up to date with the server; `nil` if that is not known here.
        public let lastSync: Timestamp?
        /// The time, by its own signed clock, of its newest edit that is here and readable; `nil` if there is none.
        public let lastHeard: Timestamp?
        /// Whether any edit of it is here, readable or not.
        public let isHeard: Bool
        public let isThis: Bool
        /// Whether it is a printed recovery key rather than a machine.
        public let isRecovery: Bool
        /// Whether it is a recovery key of an earlier version, which is not bound to a journal.
        public let isUnbound: Bool
    }

    /// The device name of a recovery key.
    static let recoveryName = "recovery key"
}

extension JournalSpace.Device {
    /// - Parameters:
    ///   - description: its description in the space.
    ///   - heard: as ``StoreReader/lastTimes(in:)`` returns it.
    init(
        _ member: MembershipLog.Member, _ description: DeviceDescription, isThis: Bool, lastSync: Timestamp?,
        heard: Timestamp??
    ) {
        id = member.device.id
        person = member.person
        fingerprint = Self.fingerprint(of: member.device)
        name = Self.name(of: member, description, isThis: isThis)
        added = description.made
        self.lastSync = lastSync
        lastHeard = heard ?? nil
        isHeard = heard != nil
        self.isThis = isThis
        isRecovery = member.isRecovery
        isUnbound = member.isUnbound
    }

    /// The name of a device; `nil` if it has none.
    static func name(
        of member: MembershipLog.Member, _ reader: StoreReader, _ space: Space, _ access: JournalAccess
    ) throws -> String? {
        name(
            of: member, try DeviceDescription(of: member.device.id, reader, space, access),
            isThis: member.device.id == access.device.identity.id)
    }

    private static func name(
        of member: MembershipLog.Member, _ description: DeviceDescription, isThis: Bool
    ) -> String? {
        description.name ?? (isThis ? HostName.current : member.isRecovery ? JournalSpace.recoveryName : nil)
    }

    private static func fingerprint(of device: DeviceIdentity) -> String {
        let bytes = Hash256.sha256(device.signingKey).bytes.prefix(fingerprintByteCount)
        let digits = bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }
        return stride(from: 0, to: digits.count, by: 2).map { digits[$0] + digits[$0 + 1] }.joined(separator: " ")
    }

    /// Length of the fingerprint in bytes.
    private static let fingerprintByteCount = 8
}

/// The name and the creation time of a device, stored as an entry of the space: it is sealed, synced and merged like
/// others, and never listed as one.
struct DeviceDescription: Hashable {
    static let name: FieldName = "name"

    /// Its name, cut to the length limit of names.
    let name: String?
    let made: Timestamp?
    /// Whether there is any description.
    let exists: Bool

    init(of device: DeviceID, _ reader: StoreReader, _ space: Space, _ access: JournalAccess) throws {
        let entry = access.keys.entry(describing: device)
        let describers = Defence.ownsDescriptions.isUp ? access.keyring.describers(entry) : nil
        // Edits by others are ignored, even those that arrived before the log showed who may describe the device.
        let edits = try reader.edits(of: entry, in: space, access.keyring).filter {
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

extension JournalTransaction {
    /// Names a device. Nothing is written if the name is the same, or if others would ignore it: a device is named by
    /// itself and by the device that added it.
    ///
    /// - Returns: whether anything was written.
    func name(_ device: DeviceID, _ name: String) throws -> Bool {
        let describers =
            Defence.ownsDescriptions.isUp ? membership.describers[access.keys.entry(describing: device)] : nil
        guard describers?.contains(access.keyring.deviceKey) ?? true else { return false }
        let known = try DeviceDescription(of: device, reader, space, access)
        guard known.name != name else { return false }
        try describe(device, [DeviceDescription.name: .text(Text(name))])
        return true
    }

    /// Writes fields of a device's description, which is created if there is none.
    func describe(_ device: DeviceID, _ fields: [FieldName: JSONValue]) throws {
        var fields = fields
        if try !DeviceDescription(of: device, reader, space, access).exists {
            fields["kind"] = .text(Kind.device.name)
            fields["made"] = .text(Text(environment.now().description))
            fields["author"] = .text(Text(access.person.description))
        }
        try writer.append([.init(access.keys.entry(describing: device), content(fields))])
    }
}
