public import Causality
import CanonicalJSON
import Membership
public import Records
import ReplicaStore
import Sealing

extension Journal {
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

extension Journal.Device {
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
        of member: MembershipLog.Member, _ reader: StoreReader, _ access: JournalAccess
    ) throws -> String? {
        name(
            of: member, try DeviceDescription(of: member.device.id, reader, access),
            isThis: member.device.id == access.device.identity.id)
    }

    private static func name(
        of member: MembershipLog.Member, _ description: DeviceDescription, isThis: Bool
    ) -> String? {
        description.name ?? (isThis ? HostName.current : member.isRecovery ? Journal.recoveryName : nil)
    }

    private static func fingerprint(of device: DeviceIdentity) -> String {
        let bytes = Hash256.sha256(device.signingKey).bytes.prefix(fingerprintByteCount)
        let digits = bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }
        return stride(from: 0, to: digits.count, by: 2).map { digits[$0] + digits[$0 + 1] }.joined(separator: " ")
    }

    /// Length of the fingerprint in bytes.
    private static let fingerprintByteCount = 8
}
