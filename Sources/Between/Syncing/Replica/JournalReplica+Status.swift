package import ReplicaStore

extension JournalReplica {
    /// Counts of the replica, including missing boxes and quarantine.
    package func counts() async throws -> StoreReader.Counts { try await journal.read { try $0.counts() } }

    /// The number of edits that the server is not known to hold, including those of the open batch; needs no
    /// connection.
    package func waitingCount() async throws -> Int {
        try await journal.read { [access, space] reader in
            try reader.waitingCount(in: ReplicaView(reader, access, of: space).space)
        }
    }

    /// The quarantine, for display and export.
    package func setAside() async throws -> [StoreReader.Aside] {
        try await journal.read { [access, space] reader in
            try reader.aside(in: ReplicaView(reader, access, of: space).space)
        }
    }

    /// The membership status of this device by the current log.
    func standing() async throws -> JournalAccess.Standing {
        try await journal.read { [access, space] reader in try ReplicaView(reader, access, of: space).standing }
    }
}
