public import Causality

/// The verdict of the membership log on a batch; its feed, signature and boxes are checked elsewhere.
public enum BatchStatus: Hashable, Sendable {
    /// Written by this device, which was a member at the head that the batch names.
    case good(MembershipLog.Member)
    /// It names a record that is not in this log: the log is behind, or on another branch.
    case unknownHead
    /// It names an older head than the previous batch of its feed.
    case headWentBack
    /// It names another epoch than the one that was current at its head.
    case wrongEpoch
    /// Its signer was not a member at its head.
    case notMember
    /// Its signer is no longer a member, and the batch is beyond the feed's ``FeedBound``.
    case late
}

extension MembershipLog {
    /// Judges a batch by the newest record that its author knew.
    ///
    /// Costs a few look-ups, however long the log is.
    ///
    /// - Parameters:
    ///   - header: the batch's header.
    ///   - end: the tip of its feed after it.
    ///   - signingKey: the key that the feed's ``ReplicaOrigin`` announced.
    ///   - previousHead: the head that the feed's previous batch named; `nil` for the first.
    /// - Returns: the first failing check in the order of ``BatchStatus``'s cases, or `good` with the signer.
    public func status(
        of header: BatchHeader, end: Tip, signingKey: [UInt8], previousHead: Hash256?
    ) -> BatchStatus {
        guard let position = position(of: header.head) else { return .unknownHead }
        if let previousHead {
            guard let before = self.position(of: previousHead) else { return .unknownHead }
            guard before <= position else { return .headWentBack }
        }
        let epoch = timeline.epoch(at: position)
        guard epoch.name == header.epoch else { return .wrongEpoch }
        guard let member = devices.member(signingKey: signingKey, at: position) else { return .notMember }
        if !Defence.keepsStayersEdits.isUp, let cut = epoch.cut {
            guard let row = cut[end.dot.replica], end.dot.n <= row.dot.n else { return .late }
        }
        if let bound = bound(of: end.dot.replica, signingKey: signingKey), !bound.allows(end) { return .late }
        return .good(member)
    }
}
