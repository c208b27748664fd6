extension DatabaseFile {
    /// How long the lock is held, which determines who else may open the file for writing.
    public enum LockPolicy: Hashable, Sendable {
        /// The lock is held for opening, for each write with its checkpoint, and for closing.
        ///
        /// For clients: any number of processes may have one file open, and take turns.
        case perWrite
        /// The lock is held from opening to closing.
        ///
        /// For the daemon: a second process is refused at once, whatever its timeout.
        case forLife
    }

    /// What happened while the file was opened, for `doctor` and the log.
    public struct Opening: Hashable, Sendable {
        /// Whether the file was created.
        public internal(set) var isNew = false
        /// Whether the last holder of the lock was killed, or the machine was rebooted since.
        public internal(set) var followsUncleanStop = false
        /// Whether `PRAGMA quick_check` ran. It found nothing; otherwise opening fails.
        public internal(set) var ranQuickCheck = false
        /// The `user_version` before migrations ran; 0 for a new file.
        public internal(set) var versionBefore = 0
    }
}
