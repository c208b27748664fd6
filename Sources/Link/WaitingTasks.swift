/// Tasks that wait for a change of something behind a lock, and look again after each.
struct WaitingTasks {
    private var continuations: [Int: CheckedContinuation<Void, Never>] = [:]
    private var nextTicket = 0

    /// A name for a wait that is to begin.
    mutating func ticket() -> Int {
        defer { nextTicket += 1 }
        return nextTicket
    }

    mutating func add(_ continuation: CheckedContinuation<Void, Never>, ticket: Int) {
        continuations[ticket] = continuation
    }

    mutating func take(ticket: Int) -> CheckedContinuation<Void, Never>? { continuations.removeValue(forKey: ticket) }

    /// Those that wait; resume them when the lock is free again.
    mutating func takeAll() -> [CheckedContinuation<Void, Never>] {
        guard !continuations.isEmpty else { return [] }
        defer { continuations = [:] }
        return Array(continuations.values)
    }
}
