import Causality
import Records
import ReplicaStore
import Synchronization
import TestSupport

/// Keys of a space with which everybody reads everything; a box still opens only at its place.
final class TestKeys: Sendable {
    private struct State {
        var refused: Set<Dot> = []
        var incarnation = 0
        var epoch = 0
        var persons: [Int: PersonID] = [:]
        var described: [EntryID: Int] = [:]
    }

    static let space = [UInt8](repeating: 7, count: 16)

    /// Distinguishes devices.
    let device: Int
    private let state = Mutex(State())

    init(device: Int) { self.device = device }

    /// Edits whose boxes do not open here, as if their key were missing.
    var refused: Set<Dot> {
        get { state.withLock(\.refused) }
        set { state.withLock { $0.refused = newValue } }
    }

    /// The person of each device, by the device's number.
    var persons: [Int: PersonID] {
        get { state.withLock(\.persons) }
        set { state.withLock { $0.persons = newValue } }
    }

    /// The entries that describe devices, and the number of each device.
    var described: [EntryID: Int] {
        get { state.withLock(\.described) }
        set { state.withLock { $0.described = newValue } }
    }

    /// Begins a new epoch.
    func rotate() { state.withLock { $0.epoch += 1 } }

    var keyring: Keyring {
        let epoch = testHash([UInt8(state.withLock(\.epoch))])
        return Keyring(
            token: Self.token,
            seal: { content, header, dot in Self.box(content, header, dot, epoch) },
            open: { [self] box, header, dot, epoch in
                guard !refused.contains(dot) else { throw DoesNotOpen() }
                return try Self.open(box, header, dot, epoch)
            },
            sign: { [self] in Self.signature(of: $0, by: deviceKey) }, newOrigin: { [self] in newOrigin() },
            hash: testHash, deviceKey: deviceKey, head: epoch, epoch: epoch,
            person: { [persons] key in key.first.flatMap { persons[Int($0)] } },
            isKnown: { [persons] person in persons.values.contains(person) },
            describers: { [described] entry in described[entry].map { [Self.deviceKey(of: $0)] } })
    }

    private static func deviceKey(of device: Int) -> [UInt8] {
        [UInt8](repeating: UInt8(device), count: ReplicaOrigin.deviceKeyByteCount)
    }

    static func isSigned(_ origin: ReplicaOrigin, _ hash: Hash256, _ signature: [UInt8]) -> Bool {
        signature == Self.signature(of: hash, by: origin.deviceKey)
    }

    static let token: @Sendable (FieldName, EntryID) -> FieldToken = { name, entry in
        FieldToken(bits: testHash(entry.bytes + Array(name.description.utf8)).prefix64)
    }

    private struct DoesNotOpen: Error {}

    private static func box(_ content: [UInt8], _ header: EditHeader, _ dot: Dot, _ epoch: Hash256) -> [UInt8] {
        let mask = mask(header, dot, epoch)
        return mask.prefix(8) + masked(content, mask)
    }

    private static func open(_ box: [UInt8], _ header: EditHeader, _ dot: Dot, _ epoch: Hash256) throws -> [UInt8] {
        let mask = mask(header, dot, epoch)
        guard box.starts(with: mask.prefix(8)) else { throw DoesNotOpen() }
        return masked(Array(box.dropFirst(8)), mask)
    }

    private static func mask(_ header: EditHeader, _ dot: Dot, _ epoch: Hash256) -> [UInt8] {
        var place = CanonicalBytes()
        place.append(dot)
        place.append(epoch)
        return testHash(header.boundBytes + place.bytes).bytes
    }

    private static func masked(_ content: [UInt8], _ mask: [UInt8]) -> [UInt8] {
        content.enumerated().map { $1 ^ mask[$0 % mask.count] }
    }

    private static func signature(of hash: Hash256, by key: [UInt8]) -> [UInt8] { testHash(key + hash.bytes).bytes }

    private var deviceKey: [UInt8] { Self.deviceKey(of: device) }

    /// The replicas that this device will use, one incarnation after another.
    struct NextNames {
        let keys: TestKeys
        var incarnation: Int

        mutating func next() -> ReplicaID {
            incarnation += 1
            return keys.origin(incarnation).replica(testHash)
        }
    }

    var nextNames: NextNames { NextNames(keys: self, incarnation: state.withLock(\.incarnation)) }

    private func newOrigin() -> ReplicaOrigin {
        origin(
            state.withLock {
                $0.incarnation += 1
                return $0.incarnation
            })
    }

    private func origin(_ incarnation: Int) -> ReplicaOrigin {
        let nonce = [UInt8](repeating: UInt8(incarnation), count: ReplicaOrigin.nonceByteCount)
        guard let origin = ReplicaOrigin(deviceKey: deviceKey, nonce: nonce) else {
            preconditionFailure("a key of 32 bytes and a nonce of 16")
        }
        return origin
    }
}
