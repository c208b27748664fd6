extension ErrorCode {
    /// The English sentence for the code, sent for people who read along. It is constant, so it contains no user
    /// data.
    public var sentence: String {
        switch self {
        case .version: "No version of the protocol is spoken by both."
        case .malformed: "This is no message, or it passes a limit."
        case .unexpected: "This message may not be sent now."
        case .device: "The device is not known here."
        case .removed: "The device was removed."
        case .blocked: "The device is blocked on this server."
        case .busy: "Too many connections, messages or attempts; try later."
        case .timeout: "Something took too long."
        case .stopping: "The server is stopping."
        case .space: "There is no such space here for this device."
        case .logFork: "The membership logs forked."
        case .update: "This is of a newer version."
        case .head: "The record does not follow the head of the log."
        case .cut: "The cut is not the clock of the space."
        case .record: "The record is none, or its author had no right to it."
        case .gap: "Edits of the line are missing before this batch."
        case .fork: "Another edit has this dot."
        case .missing: "The batch had seen what is not here."
        case .log: "The batch names a membership head that is not here."
        case .late: "The batch is of a device that went, and not within its bound."
        case .tooLarge: "The edit is too long."
        case .rights: "The author had no right to this edit."
        case .signature: "The author of the batch did not sign it."
        case .tooManyLines: "The device has too many lines in this space."
        case .full: "There is no room left; try later."
        case .slot: "The slot or invitation is used, expired or never was."
        case .failed: "Something went wrong; try later."
        case .unknown: "This is not known here."
        }
    }
}
