import SQLiteFile
import Sealing

extension DeviceKeys {
    /// The keys of the device whose home this is; `nil` if it has none yet.
    ///
    /// - Throws: ``JournalError``: `keys` if they are there and cannot be read.
    static func kept(in home: HomeFolder) throws -> DeviceKeys? {
        guard let bytes = try home.read(home.keys, lengthMax: encodedLengthMax) else { return nil }
        do { return try DeviceKeys(decoding: bytes) } catch {
            throw JournalAccess.failure("The device's keys in \(home.keys) cannot be read.", error)
        }
    }

    /// Puts the keys on the disk, durably and for their owner alone, unless keys are there already.
    ///
    /// A first start, or a joining, that was cut goes on with the keys that it drew.
    func keep(in home: HomeFolder) throws {
        guard try home.read(home.keys, lengthMax: Self.encodedLengthMax) == nil else { return }
        try PrivateFile.makeFolder(home.path)
        try PrivateFile.checkFolder(home.path)
        try home.replace(home.keys, with: encoded(), isDurable: true)
    }
}
