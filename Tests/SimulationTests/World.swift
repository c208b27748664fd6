import Between
import Causality
import Membership
import ServerModel
import SyncServer
import TestSupport
import Wire

/// Devices and their server in one thread and in virtual time: whatever happens follows from the seed.
///
/// Every process runs the machines of the real one; disks, network, clocks and people are simulated.
struct World {
    struct Device {
        let number: Int
        var replica: ModelReplica
        /// The running process; `nil` while there is none.
        var machine: SyncStateMachine?
        /// Counts processes and waits: what an older one asked for comes to nothing.
        var run = 0
        var wait = 0
        var link: Int?
        /// How far its clock on the wall is off, in years.
        let yearsOff: Int
        /// The last that its conversation said of the whole.
        var lastCode: ErrorCode?
        var isInStep = false
        /// Whether it said how it stands since anything moved, and how many contents it said that it lacks.
        var isTold = false
        var toldMissing = 0
        /// How often its conversation wrote edits again.
        var rewritings = 0
        /// Switched off: nobody waits for it.
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
        /// A device writes, in a moment of another's choosing.
        case write(Int)
        case administrator(Int)
        case heal
    }

    /// In which everybody must be in step after the last delayed message came.
    static let settlingMax = Duration.seconds(2 * 3_600)

    /// After so many events the faults stop, however long the story; and after so many everybody is stuck.
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
    /// What is on its way: messages but for pings, wake-ups, starts.
    var pending = 0
    var lastArrival = Duration.zero
    var tally = Tally()
    var trace: Trace
    let usesBytes: Bool
    /// Whether the keys of devices are used by a thief, again and again, beside the faults.
    let hasThief: Bool
    /// For a story: the next such messages are lost, one each, in this order.
    var losesNext: [(Message) -> Bool] = []
    /// Only such that go to this device, if one.
    var losesOnlyTo: Int?
    /// What the server says to a device instead of a message.
    var deceives: ((Message, Int, ModelReplica) -> [Message])?
    /// Whether it is looked at what devices believe; a story looks itself.
    var isJudged = true
    /// For a story: what each device said.
    var told: [(device: Int, notice: SyncNotice)] = []
    private var hasListened = false
    /// For a story: who makes a record does not know that somebody knows a longer log.
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

    /// Bytes of a box that the server takes at most.
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

    /// The world as it is when the story begins: entries exist, and all who are there hold them.
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

    /// A duration up to this.
    mutating func draw(_ longest: Duration) -> Duration {
        .milliseconds(Int.random(in: 0...Int(longest / .milliseconds(1)), using: &ground.generator))
    }

    /// Plays the whole story: faults, then none, until everybody is in step or cannot be within the bound.
    mutating func run() {
        schedule(.operation, after: draw(faults.pause))
        while !isHealing, step() { if events == Self.eventsBeforeHealMax { operationsLeft = 0 } }
        settle()
        if ground.violation == nil { check() }
    }

    /// Plays on until everybody is in step, or cannot be within the bound.
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

    /// Plays on for so long.
    mutating func play(for time: Duration) {
        let end = now + time
        while now < end, step() {}
    }

    /// Plays the next event. Returns whether there was one, and nothing is wrong yet.
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
    /// Whether something is on its way that will happen without anybody waiting.
    var isPending: Bool {
        switch self {
        case .arrival(_, _, .ping), .arrival(_, _, .pong): false
        case .arrival, .start, .serverStart, .wake, .dial, .moved, .operation, .write, .administrator, .heal: true
        case .retry, .resume, .timer, .pauseOver: false
        }
    }
}
