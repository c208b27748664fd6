public import Causality

/// How a batch stands to the membership log; the line, the signature and the boxes are others' to check.
public enum BatchStanding: Hashable, Sendable {
    /// Written by this device, which was of the space at the head that the batch names.
    case good(MembershipLog.Member)
    /// It names a record that is not in this log: the log is behind, or another branch.
    case unknownHead
    /// It names an older record than its line's batch before.
    case headWentBack
    /// It names another epoch than the one that reigned at its head.
    case wrongEpoch
    /// Its signer was not of the space at its head.
    case notMember
    /// Its signer is no longer of the space, and the line's ``FeedBound`` does not allow it.
    case late
}

extension MembershipLog {
    /// How a batch stands to this log, by the record that its author knew as the last.
    ///
    /// Costs a few look-ups, however long the log is.
    ///
    /// - Parameters:
    ///   - header: the batch's.
    ///   - end: where its line stands after it.
    ///   - signingKey: the key that the line's ``ReplicaOrigin`` announced.
    ///   - previousHead: the head that the line's batch before named; `nil` for the first.
    /// - Returns: what is wrong, the first of the cases of ``BatchStanding`` in their order; or whose it is.
    public func standing(
        of header: BatchHeader, end: LineEnd, signingKey: [UInt8], previousHead: Hash256?
    ) -> BatchStanding {
        guard let position = position(of: header.head) else { return .unknownHead }
        if let previousHead {
            guard let before = self.position(of: previousHead) else { return .unknownHead }
            guard before <= position else { return .headWentBack }
        }
        let epoch = reigns.epoch(at: position)
        guard epoch.name == header.epoch else { return .wrongEpoch }
        guard let member = devices.member(signingKey: signingKey, at: position) else { return .notMember }
        if !Defence.keepsStayersEdits.stands, let cut = epoch.cut {
            guard let row = cut[end.dot.replica], end.dot.n <= row.dot.n else { return .late }
        }
        if let bound = bound(of: end.dot.replica, signingKey: signingKey), !bound.allows(end) { return .late }
        return .good(member)
    }
}
