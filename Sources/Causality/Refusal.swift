/// Why a batch is not taken. It then changes nothing; clocks are exchanged again.
public enum Refusal: Error, Hashable, Sendable {
    /// Edits of its own line are missing before it.
    case gap(held: Int)
    /// It says another thing than what is held under the same dots.
    case fork(Dot)
    /// Its author had seen what is not here.
    case missing(Dot)
    /// No honest author writes this.
    case malformed(Malformation)
}

/// What is wrong with a batch that no honest author writes.
public enum Malformation: Hashable, Sendable {
    /// A count is past its limit in ``CausalityLimits``, or a number past ``Dot/nMax``.
    case tooMany
    /// Parts are there that must not be, or the other way round.
    case shape
    /// What must ascend does not.
    case order
    /// A group that is not of this batch.
    case group
    /// The author's clock went back, or has a row of its own line.
    case clock
    /// The replica is not named after what it announced.
    case origin
    /// A box is not the one that its header names.
    case box
}
