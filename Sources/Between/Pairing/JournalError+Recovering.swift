extension JournalError.Code {
    /// The server named a space that the recovery key is not bound to. Nothing was written.
    public static let wrongSpace = Self(rawValue: "wrong_space")
    /// The key is of an earlier version, and not bound to a space. Nothing was written.
    public static let unboundKey = Self(rawValue: "unbound_key")
}

extension JournalError {
    static let unknownKey = JournalError(
        .refused, "The server holds no journal that this key opens. Nothing was changed.",
        next: "Check that it is the server of that journal, and the newest key that was printed.")

    static let mistypedKey = JournalError(
        .mistyped, "That is no recovery key, or a character of it is wrong. Nothing was changed.",
        next: "Type it whole, eight groups of five; spaces and hyphens do not matter.")

    static func wrongSpace(_ server: String) -> JournalError {
        JournalError(
            .wrongSpace,
            "\(server) named a journal that this key does not belong to, where others could read what you write. "
                + "Nothing was written, here or there; your key and your journal are as they were.",
            next: "Ask whoever runs the server why, and write nothing there before you know. Where another server has "
                + "your journal: btw recover STRING KEY")
    }

    static func unboundKey(_ server: String) -> JournalError {
        JournalError(
            .unboundKey,
            "This key is of an earlier version, and does not say which journal it belongs to: \(server) could name "
                + "one of its own, and read what you write. Nothing was written, here or there.",
            next: "On a device that still has the journal: btw recovery new, and then use that key. If none has it, "
                + "and you trust whoever runs the server: btw recover STRING KEY --unbound, with an empty home")
    }

    /// Entries are never written into a space that only the server vouches for.
    static func unboundKeyWithEntries(_ server: String) -> JournalError {
        JournalError(
            .unboundKey,
            "There are entries in this home, and nothing but \(server) says which journal they would be written into: "
                + "the key is of an earlier version. Nothing was written, here or there.",
            next: "Recover into an empty home: btw --home NEW recover STRING KEY --unbound. Or make a key of now on a "
                + "device that has the journal: btw recovery new")
    }

    /// Edits that the server had when the key was made are missing now.
    static func heldBackSinceKey(_ server: String) -> JournalError {
        JournalError(
            .heldBack,
            "\(server) does not show all that it had when this key was made. What came is kept here, and in view.",
            next: "If another device has the journal, sync there, and then here: btw sync. When all is here again: "
                + "btw recovery new")
    }
}
