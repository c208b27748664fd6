import Causality

/// What a column of this server's must hold, and damage where it does not.
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
