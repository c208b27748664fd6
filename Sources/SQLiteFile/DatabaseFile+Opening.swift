extension DatabaseFile {
    /// Who else may have the file open for writing.
    public enum LockPolicy: Hashable, Sendable {
        /// The lock is held for opening, for each write with its checkpoint, and for closing.
        ///
        /// For clients: any number of processes may have one file open, and take turns.
        case perWrite
        /// The lock is held from opening to closing.
        ///
        /// For the daemon: whoever comes second is refused at once, whatever time it would wait.
        case forLife
    }

    /// What happened while the file was opened, for `doctor` and the log.
    public struct Opening: Hashable, Sendable {
        /// Whether there was no file before.
        public internal(set) var isNew = false
        /// Whether whoever held the lock last was killed, or the machine was started anew since.
        public internal(set) var followsUncleanStop = false
        /// Whether `PRAGMA quick_check` ran. It found nothing then; otherwise the file is not open.
        public internal(set) var ranQuickCheck = false
        /// The `user_version` before migrations ran; 0 for a new file.
        public internal(set) var versionBefore = 0
    }
}
