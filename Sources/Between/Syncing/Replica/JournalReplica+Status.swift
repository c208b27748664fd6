package import ReplicaStore

extension JournalReplica {
    /// Figures of the replica, what is missing and set aside among them.
    package func counts() async throws -> StoreReader.Counts { try await journal.read { try $0.counts() } }

    /// How many edits are here that the server is not known to hold, the open batch's among them; costs no connection.
    package func waitingCount() async throws -> Int {
        try await journal.read { try $0.waitingCount(in: try $0.privateSpace) }
    }

    /// What is kept outside of log and clock, to be shown and exported.
    package func setAside() async throws -> [StoreReader.Aside] {
        try await journal.read { try $0.aside(in: try $0.privateSpace) }
    }
}

extension JournalReplica {
    /// How this device stands by the log as it is now.
    func standing() async throws -> JournalAccess.Standing {
        try await journal.read { [access] in try access.standing($0, in: try $0.privateSpace) }
    }
}

extension StoreReader {
    fileprivate var privateSpace: Space {
        get throws {
            guard let space = try space(named: Journal.privateSpace) else {
                throw StoreError.inconsistent("no private space")
            }
            return space
        }
    }
}
