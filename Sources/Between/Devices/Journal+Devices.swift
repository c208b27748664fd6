public import Causality
import Membership
import Records
import ReplicaStore
import Sealing

extension Journal {
    /// The current devices of the journal: this one first, then by name.
    public func devices() async throws -> [Device] {
        let access = try access.get()
        let synced = try await lastSync().flatMap { Timestamp($0) }
        let devices = try await read { reader in
            guard let space = try reader.space(named: Self.privateSpace) else {
                throw StoreError.inconsistent("no private space")
            }
            let heard = try reader.lastTimes(in: space)
            return try access.standing(reader, in: space).log.members.map { member in
                let isThis = member.device.id == access.device.identity.id
                return Device(
                    member, try DeviceDescription(of: member.device.id, reader, access), isThis: isThis,
                    lastSync: isThis ? synced : nil, heard: heard[member.device.signingKey])
            }
        }
        return devices.sorted { left, right in
            guard left.isThis == right.isThis else { return left.isThis }
            return (left.name ?? "", left.id) < (right.name ?? "", right.id)
        }
    }

    /// Names a device. The server does not learn the name.
    ///
    /// - Parameters:
    ///   - name: cut to 64 bytes, and to printable characters; ignored if nothing is left.
    ///   - device: `nil` for this one. A device may be named before it is added.
    /// - Returns: whether the name changed.
    @discardableResult
    public func nameDevice(_ name: String, of device: DeviceID? = nil) async throws -> Bool {
        let name = PairingName.cut(name)
        guard !name.isEmpty else { return false }
        return try await write { session in
            try session.name(device ?? session.access.device.identity.id, name)
        }
    }

    /// The name of this device: the one that was given to it, or else the host name.
    public func deviceName() async throws -> String { try await givenName() ?? HostName.current }

    /// Names this device after the host, unless it has a name, so that devices that are added later see one.
    func nameUnnamedDevice() async throws {
        if try await givenName() == nil { try await nameDevice(HostName.current) }
    }

    private func givenName() async throws -> String? {
        guard case .success(let access) = access else { return nil }
        return try await read { try DeviceDescription(of: access.device.identity.id, $0, access).name }
    }
}
