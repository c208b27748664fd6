import Membership
import Wire

extension JournalError {
    /// Adding and removing devices needs a server, and none is configured.
    public static let needsServer = JournalError(
        .noNetwork, "This device is connected to no server, and devices come and go through one. Nothing was changed.",
        next: "Connect first: btw connect STRING")

    /// A device cannot remove itself.
    public static let removesItself = JournalError(
        .badValue,
        "A device cannot remove itself: another one must do it, so that somebody has the new keys. Nothing was changed.",
        next: "On another device: btw device remove ID. To only leave the server: btw disconnect")

    static func unreachableForRecord(_ server: String) -> JournalError {
        JournalError(
            .noNetwork, "\(server) cannot be reached now. No device came or went, and everything is kept here.",
            next: "Try again when it can be reached.")
    }

    static func lostForRecord(_ server: String) -> JournalError {
        JournalError(
            .noNetwork,
            "The connection with \(server) was lost before it answered, so it may have been done or not. Everything is kept here.",
            next: "See who is there: btw sync, then btw device")
    }

    /// - Parameter code: of the protocol, or of the connection.
    static func recordRefused(_ code: String, _ server: String) -> JournalError {
        switch code {
        case ErrorCode.busy.rawValue:
            JournalError(
                .refused,
                "\(server) is changing the devices of this journal just now, or did so a moment ago. No device came or went.",
                next: "Try again in a minute.")
        case ErrorCode.record.rawValue, ErrorCode.rights.rawValue:
            JournalError(
                .refused,
                "The rules of the journal do not allow this: an owner's device must stay, and only an owner "
                    + "changes the devices of others. A person has \(MembershipLimits.devicesPerPersonMax) devices at most. No device came or went.",
                next: "See who is there: btw device")
        case RecordLedger.unproved: unproved(server)
        case RecordLedger.flooded: flooded(server)
        default: refused(code, server)
        }
    }
}
