import Causality
import GRDB
import SQLiteFile
import Membership
import Wire

/// Authentication and enrolment.
extension SQLiteServerStore {
    /// Authenticates a device, and enrols it if it brings a valid invitation.
    func identify(_ proof: Authentication, _ transcript: Transcript) async throws -> ServerAnswer {
        guard let device = DeviceIdentity(signingKey: proof.signingKey, agreementKey: proof.agreementKey),
            SignedStatement.authentication(
                version: transcript.version, clientNonce: transcript.client.bytes,
                serverNonce: transcript.server.bytes, device: device.id, serverKeyHash: transcript.keyHash
            ).isSigned(by: device, proof.signature)
        else { throw StoreRefusal(.device) }
        do {
            return try await commits.read { database, memory in try Self.spaces(of: device.id, database, memory) }
        } catch let refusal as StoreRefusal where refusal.code == .device {
            guard let secret = proof.invitation else { return .stranger }
            return try await commits.write { [self] database, _ in
                try enrol(device, Invitation.hash(of: secret), database)
                return .identified(device.id, spaces: [])
            }
        }
    }

    private static func spaces(
        of device: DeviceID, _ database: Database, _ memory: StoreMemory
    ) throws -> ServerAnswer {
        guard !memory.blocked.contains(device) else { throw StoreRefusal(.blocked) }
        let rows = try database.all(
            """
            SELECT space.id, member.is_current FROM member JOIN space ON space.key = member.space
            WHERE member.device = ? ORDER BY space.id
            """, device.bytes.value)
        let spaces = try rows.filter { $0[1] }.map { row in
            guard let space = SpaceID(row.bytes(0)) else { throw StoreDamage("a space") }
            return space
        }
        guard try !spaces.isEmpty || isEnrolled(device, database) else {
            throw StoreRefusal(rows.isEmpty ? .device : .removed)
        }
        return .identified(device, spaces: spaces)
    }

    /// The record that removed a device from a space, or from the first space that it was removed from.
    static func removal(
        of device: DeviceID, from space: SpaceID?, _ database: Database, _ memory: inout StoreMemory
    ) throws -> [UInt8]? {
        let rows = try database.all(
            """
            SELECT space.id FROM member JOIN space ON space.key = member.space
            WHERE member.device = ? AND NOT member.is_current ORDER BY space.id
            """, device.bytes.value)
        for row in rows {
            guard let id = SpaceID(row.bytes(0)) else { throw StoreDamage("a space") }
            guard space == nil || space == id, let log = try memory.space(id, in: database)?.log else { continue }
            if let record = log.record(removing: device) { return record.bytes }
        }
        return nil
    }

    private func enrol(_ device: DeviceIdentity, _ invitation: Hash256, _ database: Database) throws {
        // One statement, so that one of two concurrent enrolments is refused.
        try database.run(
            "UPDATE invitation SET is_used = 1 WHERE hash = ? AND is_used = 0 AND until > ?", invitation.bytes.value,
            time.wallMillis().value)
        guard database.changesCount == 1 else { throw StoreRefusal(.slot) }
        try database.run(
            """
            INSERT INTO device (id, signing_key, agreement_key) VALUES (?, ?, ?)
            ON CONFLICT DO UPDATE SET signing_key = excluded.signing_key, agreement_key = excluded.agreement_key
            """, device.id.bytes.value, device.signingKey.value, device.agreementKey.value)
    }
}
