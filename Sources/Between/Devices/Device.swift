public import Causality
import CanonicalJSON
import Membership
public import Records
import ReplicaStore
import Sealing

extension Journal {
    /// A device of the journal, as people see it.
    public struct Device: Hashable, Sendable {
        public let id: DeviceID
        /// Whose it is.
        public let person: PersonID
        /// The beginning of the hash of the key that it signs with, to be compared on two screens: `3f0a 91c2 …`.
        public let fingerprint: String
        /// What people call it; `nil` where nobody has said so.
        public let name: String?
        /// When it came; `nil` where nobody wrote that down.
        public let added: Timestamp?
        /// When it was last in step with the server; `nil` where that is not known here.
        public let lastSync: Timestamp?
        /// When it wrote the newest of what is here and can be read, by its own clock, as it signed it; `nil` where
        /// there is nothing of it.
        public let lastHeard: Timestamp?
        /// Whether anything that it wrote is here, also what cannot be read.
        public let isHeard: Bool
        public let isThis: Bool
        /// Whether it is no machine but a printed key.
        public let isRecovery: Bool
        /// Whether it is a key of an earlier version, which does not say which journal it opens: a new one does.
        public let isUnbound: Bool
    }

    /// What a recovery key is called.
    static let recoveryName = "recovery key"
}

extension Journal.Device {
    /// - Parameters:
    ///   - description: what the space knows of it.
    ///   - heard: as ``StoreReader/lastTimes(in:)`` tells.
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

    /// What people call a device; `nil` where nobody has said so.
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

    /// Bytes of the hash that people compare.
    private static let fingerprintByteCount = 8
}
