import ReplicaStore

extension JournalError.Code {
    /// The home has entries, so it cannot simply be set up with another journal.
    public static let hasEntries = Self(rawValue: "has_entries")
    /// Something of the journal is missing here, or cannot be opened.
    public static let incomplete = Self(rawValue: "incomplete")
    /// No join is pending, or there is nothing to join.
    public static let noJoin = Self(rawValue: "no_join")
}

extension JournalError {
    static let hasEntries = JournalError(
        .hasEntries, "There are entries in this home. Nothing was changed.",
        next: "Join again; it then asks whether to bring them along: btw join STRING")

    static let noJoin = JournalError(
        .noJoin, "No join was begun here. Nothing was changed.", next: "To join a journal: btw join STRING")

    static let joinedAlready = JournalError(
        .noJoin, "This home is of that journal already. Nothing was changed.", next: "To exchange: btw sync")

    static let otherKeys = JournalError(
        .keys, "The home has keys of another device than the one that was invited. Nothing was changed.",
        next: "Ask for a new string and join with it: btw join STRING")

    static let notInvited = JournalError(
        .keys, "The journal that was to be joined does not open with this device's keys. Nothing was changed.",
        next: "Ask for a new string and join with it: btw join STRING")

    static let joinedMeanwhile = JournalError(
        .moved, "This home was joined to another journal meanwhile. Nothing is lost.",
        next: "Start again what was running.")

    /// Edits that cannot be rewritten would be lost.
    static func incomplete(_ counts: StoreReader.Counts) -> JournalError? {
        if counts.unopened + counts.missing > 0 {
            return JournalError(
                .incomplete,
                "\(counts.unopened + counts.missing) changes of this home are not here whole, and would be left behind. Nothing was changed.",
                next:
                    "Get them first: btw sync. Or join with an empty home: btw --home DIR join STRING"
            )
        }
        if counts.setAside > 0 {
            return JournalError(
                .incomplete,
                "\(counts.setAside) changes of this home are set aside, and would be left behind. Nothing was changed.",
                next: "Join with an empty home, and import into it what this one exports: "
                    + "btw --home DIR join STRING")
        }
        return nil
    }
}
