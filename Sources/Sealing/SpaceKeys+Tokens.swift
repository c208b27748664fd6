public import Causality
import Crypto

extension SpaceKeys {
    private static let tokenLabel = CanonicalBytes(label: "between token 1")
    private static let importLabel = CanonicalBytes(label: "between import 1")

    /// The pseudonym of an entry's field that the server sees: the first 64 bits of an HMAC.
    ///
    /// The same in every epoch of the space. Field names are hashed as UTF-8 without normalization.
    public func token(of field: String, in entry: EntryID) -> FieldToken {
        var bytes = Self.tokenLabel
        bytes.append(entry)
        bytes.append(Array(field.utf8))
        return FieldToken(bits: code(of: bytes).high)
    }

    /// The id of an imported entry, so that importing it twice gives one entry.
    ///
    /// - Parameters:
    ///   - source: the origin of the entry, such as `dayone`.
    ///   - id: its id there.
    /// - Returns: the first 128 bits of an HMAC over both, the same in every epoch of the space and in no other space.
    public func importedEntryID(source: String, id: String) -> EntryID {
        var bytes = Self.importLabel
        bytes.append(Array(source.utf8))
        bytes.append(Array(id.utf8))
        return code(of: bytes)
    }

    /// The first 128 bits of HMAC-SHA256 under the index key (RFC 2104).
    private func code(of bytes: CanonicalBytes) -> EntryID {
        var authenticator = index
        authenticator.update(data: bytes.bytes)
        return authenticator.finalize().withUnsafeBytes { code in
            let high = code.loadUnaligned(as: UInt64.self)
            let low = code.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
            return EntryID(high: UInt64(bigEndian: high), low: UInt64(bigEndian: low))
        }
    }
}
