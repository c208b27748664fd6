import Synchronization

/// A single answer that several tasks may give; the first one counts.
final class Answer: Sendable {
    private enum State {
        case unasked
        case waiting(CheckedContinuation<Bool, Never>)
        case given(Bool)
    }

    private let state = Mutex(State.unasked)

    func wait(with continuation: CheckedContinuation<Bool, Never>) {
        let given: Bool? = state.withLock { state in
            if case .given(let answer) = state { return answer }
            state = .waiting(continuation)
            return nil
        }
        if let given { continuation.resume(returning: given) }
    }

    func give(_ answer: Bool) {
        let waiting: CheckedContinuation<Bool, Never>? = state.withLock { state in
            defer { if case .given = state {} else { state = .given(answer) } }
            if case .waiting(let continuation) = state { return continuation }
            return nil
        }
        waiting?.resume(returning: answer)
    }
}
