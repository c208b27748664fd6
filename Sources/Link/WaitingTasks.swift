/// Tasks that wait for a change of state behind a lock, and check it again after each change.
struct WaitingTasks {
    private var continuations: [Int: CheckedContinuation<Void, Never>] = [:]
    private var nextTicket = 0

    /// An id for a wait that is to begin.
    mutating func ticket() -> Int {
        defer { nextTicket += 1 }
        return nextTicket
    }

    mutating func add(_ continuation: CheckedContinuation<Void, Never>, ticket: Int) {
        continuations[ticket] = continuation
    }

    mutating func take(ticket: Int) -> CheckedContinuation<Void, Never>? { continuations.removeValue(forKey: ticket) }

    /// Takes all continuations; resume them after the lock is released.
    mutating func takeAll() -> [CheckedContinuation<Void, Never>] {
        guard !continuations.isEmpty else { return [] }
        defer { continuations = [:] }
        return Array(continuations.values)
    }
}
