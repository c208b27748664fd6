/// Why a batch is refused. It then changes nothing, and both sides exchange their clocks again.
public enum Refusal: Error, Hashable, Sendable {
    /// The feed lacks the edits before it; `held` is the number of the feed's tip.
    case gap(held: Int)
    /// The batch contradicts what is held at this dot.
    case fork(Dot)
    /// Its author had seen this edit, which is not held.
    case missing(Dot)
    /// The batch breaks a rule that does not depend on what is held.
    case malformed(Malformation)
}

/// The rule that a malformed batch breaks.
public enum Malformation: Hashable, Sendable {
    /// A count is past its limit in ``CausalityLimits``, or a number past ``Dot/nMax``.
    case tooMany
    /// A part is missing that the batch must have, or present where it must not be.
    case shape
    /// A list that must ascend strictly does not.
    case order
    /// An edit names a group that does not begin in this batch.
    case group
    /// The author's clock went back, or has a row of its own feed.
    case clock
    /// The replica's id is not derived from the announced origin.
    case origin
    /// A box does not match the hash in its header.
    case box
}
