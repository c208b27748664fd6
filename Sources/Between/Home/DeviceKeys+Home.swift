import SQLiteFile
import Sealing

extension DeviceKeys {
    /// The device keys of a home; `nil` if it has none yet.
    ///
    /// - Throws: ``JournalError``: `keys` if they exist and cannot be read.
    static func kept(in home: HomeFolder) throws -> DeviceKeys? {
        guard let bytes = try home.read(home.keys, lengthMax: encodedLengthMax) else { return nil }
        do { return try DeviceKeys(decoding: bytes) } catch {
            throw JournalAccess.failure("The device's keys in \(home.keys) cannot be read.", error)
        }
    }

    /// Stores the keys durably, readable only by their owner, unless the home has keys already.
    ///
    /// A first start or a join that was interrupted continues with the keys that it generated.
    func keep(in home: HomeFolder) throws {
        guard try home.read(home.keys, lengthMax: Self.encodedLengthMax) == nil else { return }
        try PrivateFile.makeFolder(home.path)
        try PrivateFile.checkFolder(home.path)
        try home.replace(home.keys, with: encoded(), isDurable: true)
    }
}
