import Causality
import Membership
import TestSupport
import Wire

/// A server's random lies in its messages. Its store is honest.
final class Liar {
    private var generator: SeededGenerator
    /// Feeds that it hides, and devices from which it hides records.
    private var hidden: Set<ReplicaID> = []
    private var deceived: Set<Int> = []
    private let chance: Double
    private var invented = 0

    init(seed: Int) {
        generator = SeededGenerator(seed: seed ^ 0x11E5)
        chance = generator.pick([0.02, 0.1, 0.3])
    }

    /// The messages that a device gets instead of this one.
    func says(_ message: Message, to device: Int, _ replica: ModelReplica) -> [Message] {
        switch message {
        case .held(let space, let ends):
            guard generator.chance(chance), let end = ends.first else { return [message] }
            let code = generator.pick([ErrorCode.tooLarge, .rights, .gap])
            return [.error(WireError(code, space: space, dot: end.dot))]
        case .opened(let space, let clock, let forked, let missing):
            guard generator.chance(chance) else { return [message] }
            if generator.chance(0.5) {
                return [.opened(space, clock: embellished(clock), forked: forked, missing: missing)]
            }
            let known = replica.edits.frontier.clock.dots.map(\.replica)
            let feeds = Set(forked + known.filter { _ in generator.chance(0.5) })
            return [.opened(space, clock: clock, forked: feeds.sorted(), missing: missing)]
        case .tips(let space, let feed, _):
            return generator.chance(chance) ? [.tips(space, feed, ends: [])] : [message]
        case .holding(let space, let clock, let millis):
            return [.holding(space, clock: generator.chance(chance) ? embellished(clock) : clock, millis: millis)]
        case .batch(let space, var batch):
            if generator.chance(chance / 4) { hidden.insert(batch.header.replica) }
            if hidden.contains(batch.header.replica) { return [] }
            guard generator.chance(chance) else { return [message] }
            for index in batch.edits.indices { batch.edits[index].box = nil }
            return [.batch(space, batch)]
        case .box(let space, let dot, _):
            return generator.chance(chance) ? [.box(space, dot, generator.chance(0.5) ? nil : [1, 2, 3])] : [message]
        case .append:
            if generator.chance(chance / 4) { deceived.insert(device) }
            return deceived.contains(device) ? [] : [message]
        case .log(let space, let end):
            if deceived.contains(device), replica.end.count > 0 { return [.log(space, replica.end)] }
            guard generator.chance(chance / 4) else { return [.log(space, end)] }
            let code = generator.pick([ErrorCode.removed, .removed, .logFork, .blocked, .update])
            return [.error(WireError(code, space: code == .blocked ? nil : space))]
        default: return [message]
        }
    }

    /// A clock with a row of a feed that does not exist.
    private func embellished(_ clock: Frontier) -> Frontier {
        var clock = clock
        invented += 1
        let hash = testHash([UInt8(truncatingIfNeeded: invented), UInt8(truncatingIfNeeded: invented >> 8)])
        let known = clock.clock.dots
        let dot =
            known.isEmpty || generator.chance(0.5)
            ? Dot(ReplicaID(bits: UInt64(0xBAD_0000 + invented)), 1 + generator.below(5))
            : Dot(generator.pick(known).replica, 1_000 + invented)
        clock.advance(to: Tip(dot, hash))
        return clock
    }
}
