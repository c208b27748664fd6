import Causality
import Membership
import Sealing
import TestSupport
import Testing

/// Devices with real keys, and the log of a space that the first of them founded.
struct Household {
    let devices: [DeviceKeys]
    let owner: PersonID
    var log: MembershipLog
    var generator: SeededGenerator

    init(seed: Int, devices count: Int) throws {
        var generator = SeededGenerator(seed: seed)
        devices = (0..<count).map { _ in DeviceKeys.random(using: &generator) }
        owner = PersonID.random(using: &generator)
        let founding = try SpaceKeys.found(by: owner, device: devices[0], using: &generator)
        log = try MembershipLog(genesis: founding.record)
        self.generator = generator
    }

    func id(_ device: Int) -> DeviceID { devices[device].identity.id }

    mutating func add(_ device: Int, by author: Int = 0) throws {
        try log.append(
            log.adding(device: devices[device].identity, person: owner, role: .owner, by: devices[author]))
    }

    mutating func remove(_ gone: [Int], by author: Int = 0) throws {
        try log.append(
            log.removing(gone.map(id), cut: Frontier(), by: devices[author], using: &generator))
    }

    mutating func rotate(by author: Int = 0) throws {
        try log.append(log.rotating(cut: Frontier(), by: devices[author], using: &generator))
    }

    /// Of each epoch, why this device cannot open it; `nil` if it can.
    func errors(of device: Int) -> [SealingError?] {
        log.epochs.map { epoch in
            error { () throws(SealingError) in
                _ = try SpaceKeyChain(of: log, openedBy: devices[device]).keys(of: epoch.name)
            }
        }
    }

    /// A chain that follows the log record by record equals a newly made one at each.
    func checkFollowing(_ device: Int, _ comment: Comment? = nil) throws {
        let arrival = try #require(log.record(adding: id(device)).flatMap { log.position(of: $0.hash) })
        var chain = try SpaceKeyChain(of: #require(log.prefix(through: arrival)), openedBy: devices[device])
        for position in (arrival + 1)..<log.records.count {
            let prefix = try #require(log.prefix(through: position))
            chain = try chain.following(prefix, openedBy: devices[device])
            let anew = try SpaceKeyChain(of: prefix, openedBy: devices[device])
            #expect(chain.followed == anew.followed, comment)
            #expect(chain.current?.epoch == anew.current?.epoch, comment)
            for epoch in prefix.epochs.map(\.name) {
                let errors = [chain, anew].map { chain in
                    error { () throws(SealingError) in _ = try chain.keys(of: epoch) }
                }
                #expect(errors[0] == errors[1], comment)
                if let one = chain[epoch], let other = anew[epoch] { #expect(try one.isSame(as: other), comment) }
            }
        }
    }

    func chain(_ device: Int) throws -> SpaceKeyChain { try SpaceKeyChain(of: log, openedBy: devices[device]) }
}

extension SpaceKeys {
    static let sampleDot = Dot(ReplicaID(bits: 1), 1)
    static let sampleHeader = EditHeader(
        entry: EntryID(high: 3, low: 4), tokens: [FieldToken(bits: 1)], group: 1, boxHash: nil)

    /// Whether these are the same keys: each opens the other's boxes, and their field tokens are equal.
    func isSame(as other: SpaceKeys) throws -> Bool {
        var generator = SeededGenerator(seed: 5)
        let box = try seal([1, 2, 3], of: Self.sampleHeader, at: Self.sampleDot, using: &generator)
        return (try? other.open(box, of: Self.sampleHeader, at: Self.sampleDot)) == [1, 2, 3]
            && token(of: "title", in: Self.sampleHeader.entry) == other.token(of: "title", in: Self.sampleHeader.entry)
    }
}
