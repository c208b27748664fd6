import Between
import Causality
import Membership
import ServerModel
import SyncServer
import TestSupport
import Wire

/// Devices and their server in one thread and in virtual time, determined by the seed.
///
/// Every process runs the state machines of the product; disks, network, clocks and people are simulated.
struct World {
    struct Device {
        let number: Int
        var replica: ModelReplica
        /// The running process; `nil` while there is none.
        var machine: SyncStateMachine?
        /// Counts processes and waits: requests of an older one have no effect.
        var run = 0
        var wait = 0
        var link: Int?
        /// How many years its wall clock is off.
        let yearsOff: Int
        /// The last code of its connection.
        var lastCode: ErrorCode?
        var isInStep = false
        /// Whether it reported its state since anything moved, and how many boxes it reported as missing.
        var isTold = false
        var toldMissing = 0
        /// How often its conversation rewrote edits.
        var rewritings = 0
        /// Switched off: it is not waited for.
        var isAway = false
    }

    enum Side: Hashable {
        case client, server

        var other: Side { self == .client ? .server : .client }
    }

    enum Event {
        case operation
        case start(Int)
        case serverStart
        case wake(Int)
        case dial(Int, run: Int)
        case retry(Int, run: Int, wait: Int)
        case resume(Int, run: Int, link: Int)
        /// `nil` is the end of the stream.
        case arrival(Int, Side, Message?)
        case timer(Int, Side, ConversationTimer, Int)
        case moved(Int, SpaceNews)
        case pauseOver
        /// A device writes at a moment chosen by another event.
        case write(Int)
        case administrator(Int)
        case heal
    }

    /// The time in which all must be up to date after the last delayed message arrived.
    static let settlingMax = Duration.seconds(2 * 3_600)

    /// After this many events the faults stop, however long the story; a greater limit detects that all are stuck.
    static let eventsBeforeHealMax = 1_500
    static let eventsMax = 30_000

    let seed: Int
    var faults: Faults
    var ground: Ground
    var now = Duration.zero
    var queue = EventQueue<Event>()
    var server: ModelServer
    var isServerUp = true
    var devices: [Device] = []
    var links: [Int: Link] = [:]
    var linkCount = 0
    var savedServers: [ModelServer] = []
    var savedReplicas: [ModelReplica] = []
    var operationsLeft: Int
    var isHealing = false
    private var events = 0
    /// What is in flight: messages except pings, wake-ups, starts.
    var pending = 0
    var lastArrival = Duration.zero
    var tally = Tally()
    var trace: Trace
    let usesBytes: Bool
    /// Whether the keys of devices are used by a thief, again and again, beside the faults.
    let hasThief: Bool
    /// For a story: the next such messages are lost, one each, in this order.
    var losesNext: [(Message) -> Bool] = []
    /// Only messages to this device, if set.
    var losesOnlyTo: Int?
    /// Replaces the server's messages to a device.
    var deceives: ((Message, Int, ModelReplica) -> [Message])?
    /// Whether devices' beliefs are checked; a story checks them itself.
    var isJudged = true
    /// For a story: the notices of each device.
    var told: [(device: Int, notice: SyncNotice)] = []
    private var hasListened = false
    /// For a story: a record may be made by a device although a longer log exists elsewhere.
    var letsLogsFork = false

    /// - Parameters:
    ///   - faults: those of the seed, unless given.
    ///   - hasThief: whether a thief is at work; those of the seed, unless given.
    ///   - ownDevices: how many devices the owner begins with; drawn unless given, as is whether there is a guest.
    init(
        seed: Int, faults: Faults? = nil, hasThief: Bool? = nil, ownDevices: Int? = nil, guest: Role? = nil,
        bug: SeededBug? = nil,
        isTraced: Bool = false
    ) {
        self.seed = seed
        self.faults = faults ?? .drawn(seed)
        ground = Ground(seed: seed, bug: bug)
        trace = Trace(isOn: isTraced)
        usesBytes = seed % 16 == 5
        self.hasThief = hasThief ?? (ownDevices == nil && faults == nil && seed % 7 % 3 == 2)
        server = ModelServer(Roster.checks(bug), boxLengthMax: Self.boxLengthMax)
        operationsLeft = Int.random(in: 5...60, using: &ground.generator)
        if self.faults.has(.blind) { ground.misfortune = 0.1 }
        let guest: Role? =
            if ownDevices == nil {
                ground.generator.chance(0.3) ? ground.generator.pick(Role.allCases) : nil
            } else { guest }
        if ownDevices == nil, [1, 14].contains(seed % 16) {
            let liar = Liar(seed: seed)
            deceives = { liar.says($0, to: $1, $2) }
        }
        begin(ownDevices: ownDevices ?? Int.random(in: 2...4, using: &ground.generator), guest: guest)
    }

    /// The greatest length in bytes of a box that the server accepts.
    static let boxLengthMax = 200
    /// The first two are the owner's, the last is the guest's, as their ids prove.
    static let names = [Roster.owner, Roster.owner, Roster.guest].enumerated().map { index, person in
        name(index, of: person)
    }
    static let entries = names.map(\.id)

    static func name(_ index: Int, of person: PersonID) -> EntryName {
        guard let proof = EntryProof([UInt8](repeating: UInt8(index), count: EntryProof.byteCount)) else {
            preconditionFailure("16 bytes")
        }
        return EntryName(proof, of: person, in: Roster.space, testHash)
    }
    static let fields = (1...3).map { FieldToken(bits: $0) }

    /// The world at the beginning of the story: all devices hold the same entries.
    private mutating func begin(ownDevices: Int, guest: Role?) {
        let log = Roster.log(ownDevices: ownDevices, guest: guest)
        let checks = server.checks
        var founder = ModelReplica(
            0, log: log, edits: EditLog(space: Roster.space.bytes, testHash), checks: checks, &ground)
        for entry in Self.entries.prefix(guest == nil ? 3 : 2) {
            founder.write(entry, Self.fields, wall: 0, padding: 0, continuesGroup: false, &ground)
        }
        founder.close()
        if guest != nil {
            var other = ModelReplica(Roster.guestDevice, log: log, edits: founder.edits, checks: checks, &ground)
            other.read = founder.read
            other.write(Self.entries[2], Self.fields, wall: 0, padding: 0, continuesGroup: false, &ground)
            other.close()
            founder.edits = other.edits
            founder.read = other.read
        }
        server.spaces[Roster.space] = .init(log: log, edits: founder.edits)
        let numbers = Array(0..<ownDevices) + (guest == nil ? [] : [Roster.guestDevice])
        for number in numbers {
            let identity = Roster.devices[number].identity
            server.enrolled[identity.id] = identity
            var replica = ModelReplica(number, log: log, edits: founder.edits, checks: checks, &ground)
            replica.read = founder.read
            replica.serverHeld = founder.edits.frontier.clock
            addDevice(replica)
        }
    }

    mutating func addDevice(_ replica: ModelReplica) {
        let years = ground.generator.pick([0, 0, -30, 80])
        devices.append(Device(number: replica.device, replica: replica, yearsOff: years))
        schedule(.start(devices.count - 1), after: draw(.seconds(1)))
    }

    // MARK: Time

    mutating func schedule(_ event: Event, after delay: Duration) {
        if event.isPending { pending += 1 }
        queue.push(event, at: now + delay)
    }

    /// A random duration up to this.
    mutating func draw(_ longest: Duration) -> Duration {
        .milliseconds(Int.random(in: 0...Int(longest / .milliseconds(1)), using: &ground.generator))
    }

    /// Plays the whole story: with faults, then without, until all are up to date or the bound is exceeded.
    mutating func run() {
        schedule(.operation, after: draw(faults.pause))
        while !isHealing, step() { if events == Self.eventsBeforeHealMax { operationsLeft = 0 } }
        settle()
        if ground.violation == nil { check() }
    }

    /// Plays on until all are up to date, or the bound is exceeded.
    mutating func settle() {
        var end = max(now, lastArrival) + Self.settlingMax
        var hasBegun = false
        while step() {
            if pending == 0, isQuiet {
                guard !hasBegun, let owner = ownerForAMember, let epoch = logAtEnd?.epoch else { return }
                // A member who alone was given noise reads all once the stolen device is removed, and so the next epoch begun.
                ask(owner, .rotate(from: epoch), endsEpoch: true)
                hasBegun = true
                end = now + Self.settlingMax
            }
            if now > end || events > Self.eventsMax { return violateStuck() }
        }
        ground.violate("nothing happens any more")
    }

    /// Plays on for this time.
    mutating func play(for time: Duration) {
        let end = now + time
        while now < end, step() {}
    }

    /// Plays the next event. Returns whether there was one and no violation occurred yet.
    private mutating func step() -> Bool {
        guard ground.violation == nil, let (time, event) = queue.pop() else { return false }
        now = time
        events += 1
        if event.isPending { pending -= 1 }
        take(event)
        return ground.violation == nil
    }

    private mutating func take(_ event: Event) {
        switch event {
        case .operation: operate()
        case .start(let device): start(device)
        case .serverStart: isServerUp = true
        case .wake(let device): wake(device)
        case .dial(let device, let run): dial(device, run)
        case .retry(let device, let run, let wait):
            guard devices[device].run == run, devices[device].wait == wait else { return }
            tell(device) { $0.retryDue() }
        case .resume(let device, let run, let link):
            guard devices[device].run == run, devices[device].link == link else { return }
            devices[device].rewritings = 0
            tell(device) { $0.resumeDue(Roster.space) }
        case .arrival(let link, let side, let message): arrive(link, side, message)
        case .timer(let link, let side, let timer, let count): fire(link, side, timer, count)
        case .moved(let link, let news):
            guard links[link]?.conversation != nil else { return }
            trace.add("\(Trace.short(now)) s\(link) hears news \(news.rawValue)")
            tellServer(link) { $0.heard(news, of: Roster.space) }
        case .pauseOver:
            if server.paused(in: Roster.space, now: now).isEmpty { publish(.moved, except: nil) }
        case .write(let device): if !isHealing { write(device) }
        case .administrator(let device): settleAsAdministrator(device)
        case .heal:
            guard deceives == nil || hasListened else {
                hasListened = true
                return schedule(.heal, after: Self.tellingTime)
            }
            if deceives != nil {
                checkTold()
                events = 0
            }
            heal()
        }
    }
}

extension World.Event {
    /// Whether anything is in flight that will happen without a timer.
    var isPending: Bool {
        switch self {
        case .arrival(_, _, .ping), .arrival(_, _, .pong): false
        case .arrival, .start, .serverStart, .wake, .dial, .moved, .operation, .write, .administrator, .heal: true
        case .retry, .resume, .timer, .pauseOver: false
        }
    }
}
