public import Causality
import Crypto
public import Membership

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The secrets of one epoch of a space: what seals and opens boxes, and what names fields.
///
/// Get them by ``found(by:device:batchVersion:using:)`` or, ever after, from the
/// log by ``init(of:in:openedBy:)``; they are stored nowhere else. The keys of box and
/// token are derived here once, so keep the value. No description shows any of it.
public struct SpaceKeys: Sendable {
    static let keyByteCount = 32

    public let suite: Suite
    public let space: SpaceID
    /// The epoch's name; see ``MembershipLog/epoch``.
    public let epoch: Hash256
    /// The key of the boxes, derived from the epoch's.
    private let boxKey: SymmetricKey
    /// The beginning of every box's associated data.
    private let boxPrefix: CanonicalBytes
    /// HMAC under the index key, the key absorbed.
    let index: HMAC<SHA256>

    /// Takes the epoch's key, then the space's index key, ``keyByteCount`` bytes each, or is `nil`.
    package init?(suite: Suite, space: SpaceID, epoch: Hash256, secret: [UInt8]) {
        self.init(suite: suite, space: space, epoch: epoch, secret: secret, index: nil)
    }

    /// - Parameter index: the index key in place of the secret's, absorbed; `nil` for that one.
    init?(suite: Suite, space: SpaceID, epoch: Hash256, secret: [UInt8], index: HMAC<SHA256>?) {
        guard secret.count == 2 * Self.keyByteCount else { return nil }
        self.suite = suite
        self.space = space
        self.epoch = epoch
        var info = CanonicalBytes(label: "between box key 1")
        info.append(suite.rawValue)
        info.append(space.bits)
        info.append(epoch)
        // RFC 5869; no salt, since the key is uniform already.
        boxKey = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: SymmetricKey(data: secret.prefix(Self.keyByteCount)), info: info.bytes,
            outputByteCount: Self.keyByteCount)
        boxPrefix = Self.boxPrefix(suite, space, epoch)
        self.index = index ?? HMAC<SHA256>(key: SymmetricKey(data: secret.suffix(Self.keyByteCount)))
    }

    /// Opens the keys of one epoch that a verified log hands to this device; for several, see ``SpaceKeyChain``.
    ///
    /// - Throws: ``SealingError/noKeys`` if there is no such epoch or nothing that leads to it for this device,
    ///   ``SealingError/notOpened`` if what leads to it was made for another place.
    public init(
        of epoch: Hash256, in log: MembershipLog, openedBy device: DeviceKeys
    ) throws(SealingError) {
        self = try SpaceKeyChain(of: log, openedBy: device).keys(of: epoch)
    }
}

extension SpaceKeys: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "[secret]" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: []) }
}

// MARK: - Founding

extension SpaceKeys {
    /// The result of founding a space.
    public struct Founding: Sendable {
        /// The genesis record that begins the space's log.
        ///
        /// Store it durably before sealing anything: the keys are in it and nowhere else.
        public let record: MembershipRecord
        public let keys: SpaceKeys
    }

    /// Founds a space: draws its keys, wraps them to the device, and signs its genesis.
    ///
    /// The same generator output gives the same space, keys and id; the wrap and with it the record's hash differ
    /// each time, since HPKE draws from the system.
    ///
    /// - Parameters:
    ///   - person: the owner.
    ///   - device: the owner's first device.
    ///   - batchVersion: the version of the space's batch format, from 1 on.
    ///   - generator: a cryptographically secure generator.
    /// - Returns: the genesis, and the keys that it wraps.
    /// - Throws: ``SealingError/unusableKey``; never for keys from ``DeviceKeys/random(using:)``.
    public static func found(
        by person: PersonID, device: DeviceKeys, batchVersion: Int = 1,
        using generator: inout some RandomNumberGenerator
    ) throws(SealingError) -> Founding {
        let secret = generator.bytes(2 * keyByteCount)
        let nonce = generator.bytes(Genesis.nonceByteCount)
        guard
            let genesis = Genesis(
                suite: .one, batchVersion: batchVersion, nonce: nonce, person: person, device: device.identity)
        else { preconditionFailure("a space with batches of the version \(batchVersion)") }
        let space = genesis.space
        let record = try MembershipRecord.genesis(genesis) { epoch throws(SealingError) in
            let place = WrapPlace(
                suite: genesis.suite, space: space, epoch: epoch, recipient: device.identity, previous: nil)
            return try place.wrap(secret)
        } signing: {
            device.signature(of: $0)
        }
        guard let keys = SpaceKeys(suite: genesis.suite, space: space, epoch: record.bodyHash, secret: secret) else {
            preconditionFailure("two keys were drawn")
        }
        return Founding(record: record, keys: keys)
    }
}

// MARK: - Tokens

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

// MARK: - Boxes

extension SpaceKeys {
    /// The version of the box format: nonce, padded content enciphered with ChaCha20-Poly1305 (RFC 8439), tag.
    private static let boxFormat = 1
    private static let tagByteCount = 16
    static let boxOverhead = MixedNonce.byteCount + tagByteCount

    /// Seals the content of an edit, bound to this edit and its dot.
    ///
    /// The nonce is derived from random bytes and the content (``MixedNonce``); an epoch is good for 2^28 boxes and
    /// more.
    ///
    /// - Parameters:
    ///   - content: any bytes.
    ///   - header: the edit's header; its ``EditHeader/boxHash`` is ignored, and is the hash of the result.
    ///   - dot: the edit's dot.
    ///   - generator: a random generator; knowing its output reveals nothing of the content.
    /// - Returns: the box: 28 bytes more than the padded content.
    /// - Throws: ``SealingError/tooLong``.
    public func seal(
        _ content: [UInt8], of header: EditHeader, at dot: Dot, using generator: inout some RandomNumberGenerator
    ) throws(SealingError) -> [UInt8] {
        guard content.count <= SealingLimits.plaintextLengthMax else { throw .tooLong }
        return MixedNonce.seal(
            BoxPadding.padded(content), under: boxKey, boundTo: associatedData(header, dot), using: &generator)
    }

    /// Opens the box of an edit.
    ///
    /// - Throws: ``SealingError/notOpened`` if it is not this edit's box, was not sealed in this epoch, or was
    ///   changed. Such a box is stored, forwarded and shown, but not merged.
    public func open(_ box: [UInt8], of header: EditHeader, at dot: Dot) throws(SealingError) -> [UInt8] {
        guard (SealingLimits.boxLengthMin...SealingLimits.boxLengthMax).contains(box.count),
            let sealed = try? ChaChaPoly.SealedBox(combined: box),
            let padded = try? ChaChaPoly.open(sealed, using: boxKey, authenticating: associatedData(header, dot)),
            let content = BoxPadding.content(of: Array(padded))
        else { throw .notOpened }
        return content
    }

    private static func boxPrefix(_ suite: Suite, _ space: SpaceID, _ epoch: Hash256) -> CanonicalBytes {
        var bytes = CanonicalBytes(label: "between box 1")
        bytes.append(boxFormat)
        bytes.append(suite.rawValue)
        bytes.append(space.bits)
        bytes.append(epoch)
        return bytes
    }

    private func associatedData(_ header: EditHeader, _ dot: Dot) -> [UInt8] {
        var bytes = boxPrefix
        bytes.append(dot)
        bytes.append(header.boundBytes)
        return bytes.bytes
    }
}

/// Pads content to hide its length: lengths are rounded up to steps that grow with the content.
///
/// Content, one byte 0x80, zeros up to a length that Padmé allows. Padmé keeps as many binary digits of a length as
/// its exponent has: O(log log n) bits of it leak, for at most 12 % more bytes above the minimum.
/// Source: Nikitin et al., "Reducing Metadata Leakage from Encrypted Files and
/// Communication with PURBs", 2019, section 4; the mark is ISO/IEC 7816-4's.
package enum BoxPadding {
    /// The length of all shorter content, so that one mood looks like another.
    package static let paddedLengthMin = 32

    private static let mark: UInt8 = 0x80

    /// The padded length of content with this length, including the mark.
    package static func paddedLength(of length: Int) -> Int {
        max(padme(length + 1), paddedLengthMin)
    }

    /// The least length at or above this one that Padmé allows.
    private static func padme(_ length: Int) -> Int {
        guard length > 1 else { return length }
        let exponent = Int.bitWidth - 1 - length.leadingZeroBitCount
        let keptBitCount = Int.bitWidth - exponent.leadingZeroBitCount
        let mask = 1 << (exponent - keptBitCount) - 1
        return (length + mask) & ~mask
    }

    package static func padded(_ content: [UInt8]) -> [UInt8] {
        let length = paddedLength(of: content.count)
        return [UInt8](unsafeUninitializedCapacity: length) { buffer, count in
            buffer.initialize(repeating: 0)
            content.withUnsafeBufferPointer { _ = buffer.update(fromContentsOf: $0) }
            buffer[content.count] = mark
            count = length
        }
    }

    /// Removes the padding; `nil` if it is not the canonical padding.
    package static func content(of padded: [UInt8]) -> [UInt8]? {
        guard let length = padded.lastIndex(where: { $0 != 0 }), padded[length] == mark,
            paddedLength(of: length) == padded.count
        else { return nil }
        return Array(padded[..<length])
    }
}
