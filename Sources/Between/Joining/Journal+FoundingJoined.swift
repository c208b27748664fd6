import Causality
package import Membership
import ReplicaStore
import SQLiteFile
package import Sealing

extension Journal {
    /// Makes a journal that was joined the journal of a home in which nobody wrote anything yet.
    ///
    /// One transaction: killed before it, nothing is there but the device's keys; killed after it, the next
    /// exchange goes on. Doing it twice is doing it once. A private space that is there and in which nobody wrote
    /// goes.
    ///
    /// - Parameters:
    ///   - path: the home's folder; made with mode 0700.
    ///   - keys: this device's. They are kept in the home, unless they are there already.
    ///   - log: the journal's, verified; it must have this device.
    ///   - server: where the journal is, as ``ServerPlace/text`` has it.
    /// - Throws: ``JournalError``: `hasEntries` where somebody wrote something, see ``beginJoin(_:server:)``;
    ///   `keys` where other keys are in the home, or these do not open the journal; and what `open` throws.
    package static func foundJoined(
        at path: String, keys: DeviceKeys, log: MembershipLog, server: String
    ) async throws {
        guard (try? JournalAccess.Standing(log, keys)) != nil else { throw JournalError.notInvited }
        let home = HomeFolder(path: path)
        do {
            let knewOne = try home.read(home.incarnation, lengthMax: Incarnation.lengthMax) != nil
            let store = try Replica(home.database, lockFile: home.lock, createIfMissing: !knewOne)
            try await store.write { transaction in
                try JournalAccess.keep(keys, in: home)
                try transaction.found(log, server: server)
            }
            try await store.file.close()
        } catch {
            throw JournalError.translated(error)
        }
    }
}

extension StoreTransaction {
    fileprivate func found(_ log: MembershipLog, server: String) throws {
        let present = try reader.space(named: Journal.privateSpace)
        if present?.id != log.space.bytes {
            if let present {
                guard try reader.isUntouched(present) else { throw JournalError.hasEntries }
                try remove(present)
            }
            _ = try addSpace(id: log.space.bytes, name: Journal.privateSpace, records: log.records.map(\.stored))
            try set(Journal.syncedSetting, to: "")
        }
        try endJoin()
        try set(Journal.serverSetting, to: server)
    }
}

extension JournalAccess {
    /// Keeps the device's keys in a home, durably. They are on the disk before anything names them.
    ///
    /// - Throws: ``JournalError/Code/keys`` if others are there.
    fileprivate static func keep(_ keys: DeviceKeys, in home: HomeFolder) throws {
        guard let there = try home.read(home.keys, lengthMax: DeviceKeys.encodedLengthMax) else {
            return try home.replace(home.keys, with: keys.encoded(), isDurable: true)
        }
        guard there == keys.encoded() else { throw JournalError.otherKeys }
    }
}
