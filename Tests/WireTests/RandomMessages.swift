import Causality
import TestSupport
import Wire

/// Random messages of every kind.
struct RandomMessages {
    private var chance: SeededGenerator

    init(seed: Int) { chance = SeededGenerator(seed: seed) }

    mutating func next() -> Message {
        while true {
            if let message = draw() { return message }
        }
    }

    private mutating func draw() -> Message? {
        switch chance.below(27) {
        case 0: greeting().map { .hello(versions: $0, nonce: $1) }
        case 1: greeting().map { .challenge(versions: $0, nonce: $1) }
        case 2:
            Authentication(
                signingKey: bytes(32), agreementKey: bytes(32), signature: bytes(64),
                invitation: chance.chance(0.5) ? bytes(16) : nil
            ).map { .auth($0) }
        case 3: .welcome(spaces: list(5) { $0.space() })
        case 4: logEnd().map { .log(space(), $0) }
        case 5:
            .append(space(), previous: chance.chance(0.5) ? hash() : nil, record: bytes(chance.below(400)))
        case 6: .hold(space())
        case 7: .holding(space(), clock: clock(), millis: chance.below(10_000))
        case 8: .open(space(), clock: clock())
        case 9: .opened(space(), clock: clock(), forked: list(4) { $0.replica() }, missing: chance.below(3))
        case 10: .feed(space(), replica(), at: Array(Set(list(8) { $0.number() })).sorted())
        case 11:
            answer()
        case 12...15: .batch(space(), batch())
        case 16: .held(space(), list(6) { $0.end() })
        case 17: .fetch(space(), list(6) { $0.dot() })
        case 18: .box(space(), dot(), chance.chance(0.5) ? bytes(chance.below(300)) : nil)
        case 19: Slot(bytes(16)).map { .offer($0) }
        case 20: Slot(bytes(16)).map { .reveal($0, sealed: bytes(chance.below(2049))) }
        case 24: Slot(bytes(16)).map { .commit($0, hash()) }
        case 25: Slot(bytes(16)).flatMap { slot in Nonce(bytes(32)).map { .reply(slot, $0) } }
        case 21: Slot(bytes(16)).map { .grant($0, sealed: bytes(chance.below(2049))) }
        case 22:
            .error(
                WireError(
                    chance.pick(ErrorCode.allCases), space: chance.chance(0.5) ? space() : nil,
                    dot: chance.chance(0.5) ? dot() : nil,
                    record: chance.chance(0.2) ? bytes(chance.below(400)) : nil))
        case 23: .proof(space(), dot())
        case _: chance.pick([.credit(bytes: number()), .ping, .pong, .bye])
        }
    }

    mutating func batch() -> Batch {
        let replica = replica()
        let first = chance.pick([1, 1 + chance.below(1 << 40)])
        let origin = first == 1 ? ReplicaOrigin(deviceKey: bytes(32), nonce: bytes(16)) : nil
        let edits = (0...chance.below(6)).map { edit(group: first + $0) }
        let header = BatchHeader(
            replica: replica, first: first, count: edits.count, previous: hash(), seen: clock().ends, head: hash(),
            epoch: hash(), origin: origin)
        return Batch(header, signature: bytes(64), edits: edits)
    }

    mutating func edit(group: Int, boxLength: Int? = nil) -> Edit {
        let entry = EntryID(high: chance.next(), low: chance.next())
        let unread = chance.chance(0.1) ? clock().ends.map(\.dot) : []
        if boxLength == nil, chance.chance(0.1) {
            return Edit(
                EditHeader(
                    entry: entry, tokens: [], isForget: true, proof: chance.chance(0.5) ? EntryProof(bytes(16)) : nil,
                    group: group, unread: unread, boxHash: nil), box: nil)
        }
        let tokens = Set((0...chance.below(5)).map { _ in FieldToken(bits: chance.next()) }).sorted()
        let box = bytes(boxLength ?? chance.below(300))
        let header = EditHeader(entry: entry, tokens: tokens, group: group, unread: unread, boxHash: testHash(box))
        return Edit(header, box: boxLength == nil && chance.chance(0.3) ? nil : box)
    }

    private mutating func greeting() -> (VersionRange, Nonce)? {
        let least = 1 + chance.below(5)
        guard let versions = VersionRange(least, least + chance.below(5)), let nonce = Nonce(bytes(32)) else {
            return nil
        }
        return (versions, nonce)
    }

    private mutating func logEnd() -> LogEnd? {
        let count = chance.below(4)
        return LogEnd(count: count, head: count == 0 ? nil : hash())
    }

    private mutating func answer() -> Message {
        let replica = replica()
        let numbers = Set(list(8) { $0.number() }).sorted()
        return .tips(space(), replica, ends: numbers.map { Tip(Dot(replica, $0), hash()) })
    }

    mutating func clock() -> Frontier {
        var clock = Frontier()
        for _ in 0..<chance.below(6) { clock.advance(to: end()) }
        return clock
    }

    private mutating func list<Element>(_ bound: Int, _ draw: (inout Self) -> Element) -> [Element] {
        (0..<chance.below(bound)).map { _ in draw(&self) }
    }

    mutating func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8(truncatingIfNeeded: chance.next()) } }
    mutating func number() -> Int { chance.pick([1, Dot.nMax, 1 + chance.below(1000)]) }
    mutating func space() -> SpaceID { SpaceID(bits: EntryID(high: chance.next(), low: chance.next())) }
    mutating func replica() -> ReplicaID { ReplicaID(bits: chance.next()) }
    mutating func dot() -> Dot { Dot(replica(), number()) }
    mutating func end() -> Tip { Tip(dot(), hash()) }
    mutating func hash() -> Hash256 { testHash(bytes(8)) }
}
