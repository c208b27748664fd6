import CanonicalJSON
import Causality
import Membership
import Records
import ReplicaStore
import Sealing

/// The key of an epoch that a device hands on to devices that did not receive it: a field of the entry that describes
/// the device, sealed under the key that all have. `docs/decisions/0035` has the rules.
struct HandedOnKey: Hashable {
    /// `keys/EPOCH`: epoch and key are base64url, as in the protocol.
    static let collection: Text = "keys"

    let epoch: Hash256
    let bytes: [UInt8]

    /// The field with the key of an epoch.
    static func field(_ epoch: Hash256) -> FieldName {
        FieldName(collection, element: Text(Base64URL.text(epoch.bytes)))
    }

    /// All keys that devices handed on and that can be opened here, even if their fields were overwritten since.
    ///
    /// - Parameter isLed: counts only those that can be read by every device with the key that is followed.
    static func all(
        _ reader: StoreReader, _ space: Space, _ keyring: Keyring, _ membership: JournalAccess.MembershipStatus,
        isLed: Bool = false
    ) throws -> Set<HandedOnKey> {
        var found: Set<HandedOnKey> = []
        for (entry, describers) in membership.describers {
            for held in try reader.edits(of: entry, in: space, keyring) where describers.contains(held.deviceKey) {
                guard let fields = held.content?.fields, !isLed || membership.chain.leads(held.epoch) else { continue }
                for (field, value) in fields where field.collection == collection {
                    guard let epoch = field.element.flatMap({ Base64URL.bytes($0.string) }).flatMap({ Hash256($0) }),
                        let bytes = value.asText.flatMap(Base64URL.bytes)
                    else { continue }
                    found.insert(HandedOnKey(epoch: epoch, bytes: bytes))
                }
            }
        }
        return found
    }
}

extension JournalAccess.MembershipStatus {
    /// The keys of these epochs that this device should hand on: other devices cannot get them, and none has handed
    /// them on yet.
    ///
    /// - Parameter space: whose edits here are sealed in these epochs.
    func owedKeys(
        in space: Space, _ reader: StoreReader, _ keyring: Keyring
    ) throws -> [HandedOnKey] {
        guard mayWrite, Defence.handsKeysOn.isUp, !chain.strays.isEmpty else { return [] }
        let epochs = try reader.epochs(in: space)
        let keys = chain.strays.filter(epochs.contains).compactMap { epoch in
            chain.handedOn(epoch).map { HandedOnKey(epoch: epoch, bytes: $0) }
        }
        guard !keys.isEmpty else { return [] }
        let known = try HandedOnKey.all(reader, space, keyring, self, isLed: true)
        return keys.filter { !known.contains($0) }
    }
}

extension JournalTransaction {
    /// Hands on the keys that this device should.
    func handOn() throws {
        let keys = try membership.owedKeys(in: space, reader, access.keyring(membership))
        guard !keys.isEmpty else { return }
        try describe(
            access.device.identity.id,
            Dictionary(keys.map { (HandedOnKey.field($0.epoch), .bytes($0.bytes)) }) { first, _ in first })
    }
}
