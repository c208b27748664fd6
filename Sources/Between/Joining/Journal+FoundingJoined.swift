import Causality
package import Membership
import ReplicaStore
import SQLiteFile
package import Sealing

extension Journal {
    /// Sets up a home in which nobody has written with the journal that it joins.
    ///
    /// One transaction: after a crash before its end, only the device's keys exist; after it, the next exchange
    /// continues. It is idempotent. An existing private space without edits is removed.
    ///
    /// - Parameters:
    ///   - path: the home's folder; created with mode 0700.
    ///   - keys: this device's. They are stored in the home, unless it has them already.
    ///   - log: the verified log of the journal, which must contain this device.
    ///   - server: the location of the journal, as ``ServerPlace/text``.
    /// - Throws: ``JournalError``: `hasEntries` if the home has edits, see ``beginJoin(_:server:)``; `keys` if it has
    ///   other keys, or these do not open the journal; and the errors of `open`.
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
    /// Stores the device's keys in a home durably, before anything refers to them.
    ///
    /// - Throws: ``JournalError/Code/keys`` if the home has other keys.
    fileprivate static func keep(_ keys: DeviceKeys, in home: HomeFolder) throws {
        guard let there = try home.read(home.keys, lengthMax: DeviceKeys.encodedLengthMax) else {
            return try home.replace(home.keys, with: keys.encoded(), isDurable: true)
        }
        guard there == keys.encoded() else { throw JournalError.otherKeys }
    }
}
