package import ReplicaStore

extension JournalReplica {
    /// Figures of the replica, what is missing and set aside among them.
    package func counts() async throws -> StoreReader.Counts { try await journal.read { try $0.counts() } }

    /// How many edits are here that the server is not known to hold, the open batch's among them; costs no connection.
    package func waitingCount() async throws -> Int {
        try await journal.read { [access, space] reader in
            try reader.waitingCount(in: ReplicaView(reader, access, of: space).space)
        }
    }

    /// What is kept outside of log and clock, to be shown and exported.
    package func setAside() async throws -> [StoreReader.Aside] {
        try await journal.read { [access, space] reader in
            try reader.aside(in: ReplicaView(reader, access, of: space).space)
        }
    }

    /// How this device stands by the log as it is now.
    func standing() async throws -> JournalAccess.Standing {
        try await journal.read { [access, space] reader in try ReplicaView(reader, access, of: space).standing }
    }
}
