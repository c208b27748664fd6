import CanonicalJSON
import Causality
import Link
import Membership
import Wire

/// Performs the administrator's requests in the process that has the store open.
struct Administrator: Sendable {
    let folder: DataFolder
    let store: any ServerAdministration
    let identity: ServerIdentity
    /// The address in enrolment strings, at which devices reach this server; `nil` if it never ran.
    let address: Endpoint?
    let hub: Hub?

    func answer(_ request: AdminRequest) async -> AdminAnswer {
        do {
            return .done(try await perform(request))
        } catch let error as DaemonError {
            return .failed(error)
        } catch let error as any StoreEngineError {
            return .failed(DaemonError(error, in: folder))
        } catch {
            return .failed(DaemonError(.unusable, "It did not work. Nothing was changed.", next: "Try again."))
        }
    }

    private func perform(_ request: AdminRequest) async throws -> String {
        switch request {
        case .enroll(let seconds):
            guard let address else {
                throw DaemonError(
                    .notFound, "It is not known yet where devices reach this server. Nothing was changed.",
                    next: "Start it once: btwd serve --data \(folder.path)")
            }
            var generator = SystemRandomNumberGenerator()
            let secret = (0..<ConnectString.secretByteCount).map { _ in UInt8.random(in: 0...255, using: &generator) }
            guard
                let string = ConnectString(
                    kind: .enrolment, address: address.description, pin: identity.pin.bytes, secret: secret)
            else { throw DaemonError(.usage, "\(address) is too long an address.", next: "Choose a shorter one.") }
            try await store.invite(Invitation(secret: secret, untilMillis: WallClock.millis() + seconds * 1000))
            return string.text(Hash256.sha256)
        case .status:
            return String(
                decoding: try await store.status().json(connections: hub?.connectionCount).canonicalBytes(),
                as: UTF8.self)
        case .block(let device):
            try await store.block(device, true)
            hub?.end(.blocked, device)
            return "Blocked. Its connections ended; what it brought stays."
        case .keep(let device):
            guard try await store.keep(device, true) else {
                throw DaemonError(
                    .notFound, "No such device is enrolled. Nothing was changed.",
                    next: "Look: btwd status --data \(folder.path)")
            }
            return "It stays enrolled, also when it is removed from its last space."
        case .settle(let space, let head):
            guard try await store.settle(space, head: head) else {
                throw DaemonError(
                    .notFound, "This server has no such space, or no such record in it. Nothing was changed.",
                    next: "Look: btwd status --json --data \(folder.path)")
            }
            // Connected devices must compare logs and clocks again, since both may have changed.
            hub?.end(.stopping)
            return
                "The log stands at this record now. Devices of the other branch are told, and each person confirms it."
        case .backup(let path):
            try await Backup.write(to: path, store: store, identity: identity)
            return "Written: \(path)"
        }
    }
}

extension StoreStatus {
    func json(connections: Int?) -> JSONValue {
        var object = JSONObject()
        object["blocked"] = .integer(blockedCount)
        object["enrolled"] = .integer(enrolled.count)
        object["enrolled_devices"] = .array(enrolled.map { .text(Text($0.description)) })
        object["read_only"] = .bool(isReadOnly)
        object["running"] = .bool(connections != nil)
        if let connections { object["connections"] = .integer(connections) }
        object["spaces"] = .array(
            spaces.map { space in
                [
                    "bytes": .integer(space.byteCount), "bytes_kept": .integer(space.keptByteCount),
                    "edits": .integer(space.editCount),
                    "id": .text(Text(space.id.description)), "records": .integer(space.recordCount),
                    "quarantined": .integer(space.quarantinedCount),
                    "quarantined_bytes": .integer(space.quarantinedByteCount),
                ]
            })
        return .object(object)
    }
}
