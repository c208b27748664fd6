import Wire

extension JournalError {
    static let expired = JournalError(
        .refused, "Nobody came within ten minutes, and the string is of no use any more. Nothing was changed.",
        next: "For a new one: btw device add")

    static let declined = JournalError(
        .declined, "Stopped: the words were not the same, or you said no. Nothing was let in.",
        next: "If the words differed, somebody else has the string; make a new one: btw device add")

    static let declinedJoining = JournalError(
        .declined, "Stopped: the words were not the same, or you said no. Nothing was changed here.",
        next: "If the other device let this one in: btw device remove, on that one")

    static let noGrant = JournalError(
        .refused, "What came back was made by nobody who has the string. Nothing was changed here.",
        next: "Make a new string on a device that has the journal: btw device add")

    static let noClaim = JournalError(
        .refused,
        "What came in by the string was no device of Between, or not the one that had asked. Nothing was let in, "
            + "and the string is used.",
        next: "For a new one: btw device add")

    /// The new device is in the log, and has received no keys yet.
    static let newcomerGone = JournalError(
        .refused, "The other device hung up before it was let in. Nothing is lost.",
        next:
            "Make a new string, and let it join again: btw device add. If btw device shows it, and it "
            + "does not come back: btw device remove ID")

    static func notWhole(_ server: String) -> JournalError {
        JournalError(
            .refused, "\(server) does not show the space as the other device left it. Nothing was changed here.",
            next: "Let the other device sync, then join again with a new string.")
    }

    static func withheld(_ server: String) -> JournalError {
        JournalError(
            .heldBack, "\(server) does not hold all that the other device has. What came is kept here.",
            next: "Let the other device sync, and then this one: btw sync")
    }

    /// - Parameters:
    ///   - code: the server's error, if any.
    ///   - problem: the network's error, if any.
    static func lost(_ code: ErrorCode?, _ problem: LinkProblem?, _ server: String) -> JournalError {
        switch problem {
        case .wrongPin: return refused("wrong_pin", server)
        case .notBetween: return refused("not_between", server)
        case .unreachable, nil: break
        }
        var error: JournalError
        switch code {
        case nil, .timeout, .stopping, .busy, .failed, .full: error = unreachable(server)
        case .slot: error = usedPairing
        // A server of an earlier version does not know the pairing messages.
        case .unknown: error = refused(ErrorCode.version.rawValue, server)
        case let code?: error = refused(code.rawValue, server)
        }
        error.underlying = code
        return error
    }

    private static func unreachable(_ server: String) -> JournalError {
        JournalError(
            .noNetwork, "\(server) cannot be reached now. Nothing was changed.",
            next: "Try the same again when it can, with a new string if ten minutes are over.")
    }

    private static let usedPairing = JournalError(
        .refused, "The string was used, or has expired, or the other device no longer waits. Nothing was changed.",
        next: "Make a new one on a device that has the journal: btw device add")
}
