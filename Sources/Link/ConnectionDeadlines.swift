package import NIOCore

/// The deadlines of one connection: told what happened and when, it returns the next deadline and the one that
/// passed.
package struct ConnectionDeadlines {
    package enum Breach: Hashable {
        /// The TLS handshake did not end.
        case securing
        /// The other side did not authenticate.
        case authentication
        /// A line was not completed.
        case line
        /// The other side accepts no bytes.
        case stall
        /// The last message was not sent.
        case closing
    }

    private enum Phase {
        case securing(until: NIODeadline)
        case introducing(until: NIODeadline)
        case authenticated
        case closing(until: NIODeadline)
    }

    private let limits: LinkLimits
    private var phase: Phase
    /// The line that has begun and not ended.
    private var line: (begun: NIODeadline, byteCount: Int)?
    /// While the socket is not read, the other side cannot complete a line.
    private var isPaused = false
    /// When the system last accepted unsent bytes, or when they began to wait.
    private var unsentSince: NIODeadline?

    /// - Parameter secured: the deadline of the TLS handshake.
    package init(limits: LinkLimits, secured: NIODeadline) {
        self.limits = limits
        phase = .securing(until: secured)
    }

    // MARK: Events

    /// - Parameter known: whether the other side needs no further proof, as a server whose pin was checked.
    package mutating func secured(isKnown known: Bool, at now: NIODeadline) {
        guard case .securing = phase else { return }
        phase = known ? .authenticated : .introducing(until: now + TimeAmount(limits.authenticationTime))
    }

    /// Extends the time that the other side may stay unauthenticated to `time` from now.
    package mutating func unauthenticated(for time: Duration, at now: NIODeadline) {
        guard case .introducing = phase else { return }
        phase = .introducing(until: now + TimeAmount(time))
    }

    package mutating func authenticated() {
        guard case .introducing = phase else { return }
        phase = .authenticated
    }

    package mutating func closing(at now: NIODeadline) {
        guard !isClosing else { return }
        phase = .closing(until: now + TimeAmount(limits.closingTime))
        line = nil
    }

    /// - Parameter lastLineByteCount: the number of these bytes after their last newline; `nil` without a newline.
    package mutating func received(byteCount: Int, lastLineByteCount: Int?, at now: NIODeadline) {
        guard byteCount > 0, !isClosing else { return }
        if let lastLineByteCount {
            line = lastLineByteCount > 0 ? (now, lastLineByteCount) : nil
        } else if let begun = line {
            line = (begun.begun, begun.byteCount + byteCount)
        } else {
            line = (now, byteCount)
        }
    }

    package mutating func paused() { isPaused = true }

    /// Restarts the time of a line that was incomplete while the socket was paused.
    package mutating func resumed(at now: NIODeadline) {
        isPaused = false
        if let begun = line { line = (now, begun.byteCount) }
    }

    package mutating func sending(at now: NIODeadline) { unsentSince = unsentSince ?? now }

    /// The system accepted some bytes, or all.
    package mutating func sent(all: Bool, at now: NIODeadline) { unsentSince = all ? nil : now }

    // MARK: Deadlines

    /// The next deadline; `nil` if there is none.
    package var next: NIODeadline? { pending.map(\.at).min() }

    /// The deadline that has passed, if any.
    package func breach(at now: NIODeadline) -> Breach? { pending.first { $0.at <= now }?.breach }

    private var isClosing: Bool {
        if case .closing = phase { true } else { false }
    }

    private var pending: [(breach: Breach, at: NIODeadline)] {
        var pending: [(breach: Breach, at: NIODeadline)] = []
        switch phase {
        case .securing(let deadline): return [(.securing, deadline)]
        case .closing(let deadline): return [(.closing, deadline)]
        case .introducing(let deadline): pending.append((.authentication, deadline))
        case .authenticated: break
        }
        if let unsentSince { pending.append((.stall, unsentSince + TimeAmount(limits.stallTime))) }
        if let line, !isPaused {
            let atLeastSeconds = Int64(line.byteCount / LinkLimits.lineRateMin)
            pending.append((.line, line.begun + max(TimeAmount(limits.lineTime), .seconds(atLeastSeconds))))
        }
        return pending
    }
}
