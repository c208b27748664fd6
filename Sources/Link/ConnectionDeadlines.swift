package import NIOCore

/// How long one connection may wait for what: told what happened and when, it says when to look again and what is late.
package struct ConnectionDeadlines {
    package enum Breach: Hashable {
        /// The TLS handshake did not end.
        case securing
        /// Nobody said who is there.
        case authentication
        /// A line did not end.
        case line
        /// The other side takes nothing of what is sent.
        case stall
        /// The last message was not taken.
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
    /// While the socket is not read nobody can end a line.
    private var isPaused = false
    /// When something of what waits to be sent was last taken, or began to wait.
    private var unsentSince: NIODeadline?

    /// - Parameter secured: when the TLS handshake is to have ended.
    package init(limits: LinkLimits, secured: NIODeadline) {
        self.limits = limits
        phase = .securing(until: secured)
    }

    // MARK: What happened

    /// - Parameter known: whether the other side needs no further proof, as a server whose pin was checked.
    package mutating func secured(isKnown known: Bool, at now: NIODeadline) {
        guard case .securing = phase else { return }
        phase = known ? .authenticated : .introducing(until: now + TimeAmount(limits.authenticationTime))
    }

    /// Nobody said who is there, and that may take so long from now on.
    package mutating func visiting(for time: Duration, at now: NIODeadline) {
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

    /// - Parameter lastLineByteCount: how many of these bytes follow their last line end; `nil` without one.
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

    /// The line that stood while nobody read begins anew.
    package mutating func resumed(at now: NIODeadline) {
        isPaused = false
        if let begun = line { line = (now, begun.byteCount) }
    }

    /// Something waits to be sent.
    package mutating func sending(at now: NIODeadline) { unsentSince = unsentSince ?? now }

    /// The system took something.
    package mutating func sent(all: Bool, at now: NIODeadline) { unsentSince = all ? nil : now }

    // MARK: What follows

    /// When something will be late if nothing happens; `nil` if nothing can be.
    package var next: NIODeadline? { pending.map(\.at).min() }

    /// What is late.
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
