import ReplicaStore

extension Journal {
    /// The polling interval for commits of processes that did not use the wake socket.
    private static let pollInterval = Duration.milliseconds(250)

    /// Calls back after commits of other processes, until the task is cancelled.
    func watchOthers(moved: @escaping @Sendable () async -> Void) async throws {
        let socket = WakeSocket(at: home.wake)
        // Here, since a process that exits does not wait for `deinit`.
        defer { socket?.leave() }
        try await withThrowingTaskGroup(of: Void.self) { group in
            if let socket {
                group.addTask { for await _ in socket.rings() { await moved() } }
            }
            group.addTask {
                var version = try await self.read { try $0.dataVersion() }
                while !Task.isCancelled {
                    try await Task.sleep(for: Self.pollInterval)
                    let now = try await self.read { try $0.dataVersion() }
                    if now != version { await moved() }
                    version = now
                }
            }
            try await group.waitForAll()
        }
    }
}
