import Causality
import SyncServer

/// Decodes columns of the server's store; throws `StoreDamage` for invalid ones.
extension ReplicaID {
    init(stored bytes: [UInt8]) throws {
        guard let replica = ReplicaID(column: bytes) else { throw StoreDamage("a replica") }
        self = replica
    }
}

extension ReplicaOrigin {
    init(stored bytes: [UInt8]) throws {
        guard let origin = ReplicaOrigin(column: bytes) else { throw StoreDamage("an origin") }
        self = origin
    }
}

extension Hash256 {
    init(stored bytes: [UInt8]) throws {
        guard let hash = Hash256(bytes) else { throw StoreDamage("a hash") }
        self = hash
    }
}

extension SpaceID {
    init(stored bytes: [UInt8]) throws {
        guard let space = SpaceID(bytes) else { throw StoreDamage("a space") }
        self = space
    }
}

extension DeviceID {
    init(stored bytes: [UInt8]) throws {
        guard let device = DeviceID(bytes) else { throw StoreDamage("a device") }
        self = device
    }
}
