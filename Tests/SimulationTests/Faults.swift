import TestSupport

/// The faults of one simulation. Each seed draws its own: a tenth have none, a tenth one kind only.
struct Faults {
    enum Kind: String, CaseIterable {
        case loss, duplicate, cut, halfOpen, slow, outage, crash, serverCrash, serverBack, restore, copy, unnoticed
        case refuse, epoch, removal, newcomer, blind, forget, idle, boxless, hostile
    }

    let kinds: Set<Kind>
    /// The probability that a message is lost, duplicated, ends its connection, or is the last in its direction.
    var loss = 0.0
    var duplicate = 0.0
    var cut = 0.0
    var halfOpen = 0.0
    /// The probability that a process ends before an action.
    var crash = 0.0
    var serverCrash = 0.0
    /// The longest delay of a message, each way.
    var delayUp = Duration.milliseconds(20)
    var delayDown = Duration.milliseconds(20)
    /// The longest pause between two operations.
    var pause = Duration.seconds(1)

    /// Without faults.
    init() { kinds = [] }

    init(_ kinds: Set<Kind>, _ generator: inout SeededGenerator) {
        self.kinds = kinds
        let small = [0.002, 0.01, 0.05]
        if kinds.contains(.loss) { loss = generator.pick([0.005, 0.05, 0.3]) }
        if kinds.contains(.duplicate) { duplicate = generator.pick([0.01, 0.1, 0.5]) }
        if kinds.contains(.cut) { cut = generator.pick(small + [0.15]) }
        if kinds.contains(.halfOpen) { halfOpen = generator.pick(small) }
        if kinds.contains(.crash) { crash = generator.pick([0.0005, 0.003, 0.02]) }
        if kinds.contains(.serverCrash) { serverCrash = generator.pick([0.0005, 0.003, 0.01]) }
        let delays: [Duration] = [
            .zero, .milliseconds(1), .milliseconds(50), .seconds(2), .seconds(20), .seconds(300), .seconds(3_600),
        ]
        if kinds.contains(.slow) {
            delayUp = generator.pick(delays)
            delayDown = generator.pick(delays)
        }
        pause = generator.pick([.milliseconds(30), .seconds(1), .seconds(10)])
        if kinds.contains(.idle) { pause = .seconds(400) }
    }

    /// Draws the faults of a seed.
    static func drawn(_ seed: Int) -> Faults {
        var generator = SeededGenerator(seed: seed ^ 0x5EED)
        switch seed % 10 {
        case 0: return Faults([], &generator)
        case 1: return Faults([generator.pick(Kind.allCases)], &generator)
        default:
            let share = generator.pick([0.2, 0.35, 0.6])
            return Faults(Set(Kind.allCases.filter { _ in generator.chance(share) }), &generator)
        }
    }

    func has(_ kind: Kind) -> Bool { kinds.contains(kind) }
}
