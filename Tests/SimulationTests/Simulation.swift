import SyncClient
import Causality
import Membership
import ServerModel
import SyncServer
import TestSupport
import Wire

/// Devices and their server in one thread and in virtual time, determined by the seed.
///
/// Every process runs the state machines of the product; disks, network, clocks and people are simulated.
struct Simulation {
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
        var isUpToDate = false
        /// Whether it reported its state since anything moved, and how many boxes it reported as missing.
        var isTold = false
        var toldMissing = 0
        /// How often its conversation rewrote edits.
        var rewritings = 0
        /// Switched off: it is not waited for.
        var isAway = false
        /// Questions whose answers are due, all from one transaction; see ``Simulation/sharesWrites``.
        var shared: [ReplicaQuestion] = []
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
        /// Shared writes of a device are committed.
        case committed(Int, run: Int, link: Int)
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
    /// Whether a device takes messages that arrive within some milliseconds in one transaction, as the product does.
    let sharesWrites: Bool
    private var commitTimes: SeededGenerator
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
    /// Whether the server took a thief's record that an honest one refuses, and so dropped edits of connected devices.
    var hasTakenAnything = false
    /// For a story: a record may be made by a device although a longer log exists elsewhere.
    var letsLogsFork = false

    /// - Parameters:
    ///   - faults: those of the seed, unless given.
    ///   - hasThief: whether a thief is at work; those of the seed, unless given.
    ///   - sharesWrites: as the seed says, unless given.
    ///   - ownDevices: how many devices the owner begins with; drawn unless given, as is whether there is a guest.
    init(
        seed: Int, faults: Faults? = nil, hasThief: Bool? = nil, sharesWrites: Bool? = nil, ownDevices: Int? = nil,
        guest: Role? = nil, bug: SeededBug? = nil,
        isTraced: Bool = false
    ) {
        self.seed = seed
        self.faults = faults ?? .drawn(seed)
        ground = Ground(seed: seed, bug: bug)
        trace = Trace(isOn: isTraced)
        usesBytes = seed % 16 == 5
        self.hasThief = hasThief ?? (ownDevices == nil && faults == nil && seed % 7 % 3 == 2)
        self.sharesWrites = sharesWrites ?? (seed % 5 % 2 == 1)
        commitTimes = SeededGenerator(seed: seed ^ 0xC0331)
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

    /// The simulation at the beginning of the story: all devices hold the same entries.
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
                // A member who alone was given noise reads all once the stolen device is removed, and so the next epoch
                // begun.
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
            notify(device) { $0.retryDue() }
        case .resume(let device, let run, let link):
            guard devices[device].run == run, devices[device].link == link else { return }
            devices[device].rewritings = 0
            notify(device) { $0.resumeDue(Roster.space) }
        case .committed(let device, let run, let link):
            guard devices[device].run == run, devices[device].link == link else { return }
            answerShared(device)
        case .arrival(let link, let side, let message): arrive(link, side, message)
        case .timer(let link, let side, let timer, let count): fire(link, side, timer, count)
        case .moved(let link, let news):
            guard links[link]?.conversation != nil else { return }
            trace.add("\(Trace.short(now)) s\(link) hears news \(news.rawValue)")
            notifyServer(link) { $0.heard(news, of: Roster.space) }
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

extension Simulation.Event {
    /// Whether anything is in flight that will happen without a timer.
    var isPending: Bool {
        switch self {
        case .arrival(_, _, .ping), .arrival(_, _, .pong): false
        case .arrival, .start, .serverStart, .wake, .dial, .committed, .moved, .operation, .write, .administrator,
            .heal:
            true
        case .retry, .resume, .timer, .pauseOver: false
        }
    }
}

// MARK: - Story

/// Steps of stories; random simulations draw the same.
extension Simulation {
    /// The process ends, and is not restarted.
    mutating func switchOff(_ device: Int) {
        devices[device].isAway = true
        crash(device, isSilent: false)
    }

    mutating func switchOn(_ device: Int) {
        devices[device].isAway = false
        schedule(.start(device), after: .zero)
    }

    /// Writes, and wakes the running process.
    mutating func writeAndWake(_ device: Int) {
        write(device)
        schedule(.wake(device), after: .zero)
    }

    /// Writes on the disk without waking a process.
    mutating func writeUnseen(_ device: Int) {
        let machine = devices[device].machine
        devices[device].machine = nil
        write(device)
        devices[device].machine = machine
    }

    /// The server gets an empty disk; enrolled devices stay known.
    mutating func emptyServer() {
        var empty = ModelServer(server.checks, boxLengthMax: Self.boxLengthMax)
        empty.enrolled = server.enrolled
        serverGoesBack(to: empty)
    }
}

extension ModelServer {
    /// All values of the feeds that it holds.
    func facts(_ truth: Truth) -> Set<Fact> { truth.facts(of: spaces[Roster.space]?.edits.batches ?? []) }
}

// MARK: - Network

/// The network, and timers.
extension Simulation {
    /// A process connects to the server.
    mutating func dial(_ device: Int, _ run: Int) {
        guard devices[device].run == run, devices[device].machine != nil else { return }
        guard isServerUp, !ground.generator.chance(faults.cut) else {
            let jitter = Double.random(in: 0...1, using: &ground.generator)
            return notify(device) { $0.connectionLost(nil, jitter: jitter) }
        }
        linkCount += 1
        let link = linkCount
        guard let ours = Nonce(bytes(link, 1)), let theirs = Nonce(bytes(link, 2)) else { return }
        links[link] = Link(
            device: device, run: run, conversation: ServerConversation(nonce: theirs, keyHash: Self.keyHash))
        devices[device].link = link
        devices[device].rewritings = 0
        devices[device].toldMissing = 0
        devices[device].isTold = false
        trace.add("\(Trace.short(now)) d\(device) s\(link) connected")
        notifyServer(link) { $0.connected() }
        notify(device) { $0.connected(nonce: ours, keyHash: Self.keyHash) }
    }

    static let keyHash = [UInt8](repeating: 4, count: 32)

    private func bytes(_ link: Int, _ purpose: UInt8) -> [UInt8] {
        [UInt8(truncatingIfNeeded: link >> 8), UInt8(truncatingIfNeeded: link), purpose]
            + [UInt8](repeating: 0, count: Nonce.byteCount - 3)
    }

    /// Sends a message to this side, or the end of the stream.
    mutating func send(_ message: Message?, _ link: Int, to side: Side) {
        guard links[link] != nil, links[link]?[side].isClosed == false else { return }
        if message == nil { links[link]?[side].isClosed = true }
        guard links[link]?[side].isDead == false else { return }
        if ground.generator.chance(faults.halfOpen) {
            tally.count(.halfOpen)
            trace.add("\(Trace.short(now)) s\(link) no more to \(side)")
            links[link]?[side].isDead = true
            return
        }
        if let message {
            let mayLose = losesOnlyTo.map { side == .client && links[link]?.device == $0 } ?? true
            if mayLose, let loses = losesNext.first, loses(message) {
                losesNext.removeFirst()
                return
            }
            if ground.generator.chance(faults.cut) {
                tally.count(.cut)
                return cutOff(link)
            }
            if ground.generator.chance(faults.loss) {
                tally.count(.loss)
                trace.add("\(Trace.short(now)) s\(link) lost to \(side): \(Trace.short(message))")
                return
            }
        }
        let times = ground.generator.chance(faults.duplicate) ? 2 : 1
        if times == 2 { tally.count(.duplicate) }
        for _ in 0..<times {
            let delay = draw(side == .client ? faults.delayDown : faults.delayUp)
            let time = max(now + delay, links[link]?[side].last ?? .zero)
            links[link]?[side].last = time
            if !isHealing { lastArrival = max(lastArrival, time) }
            schedule(.arrival(link, side, message), after: time - now)
        }
    }

    /// Ends a connection: messages in flight are lost, and both sides learn of it after a delay each.
    mutating func cutOff(_ link: Int) {
        trace.add("\(Trace.short(now)) s\(link) cut")
        for side in [Side.client, .server] where links[link]?[side].isClosed == false {
            links[link]?[side].isDead = true
            links[link]?[side].isClosed = true
            schedule(.arrival(link, side, nil), after: draw(.seconds(1)))
        }
    }

    mutating func arrive(_ link: Int, _ side: Side, _ message: Message?) {
        guard var place = links[link] else { return }
        // A dead direction carries nothing but the end of the connection.
        if place[side].isDead, message != nil { return }
        var received: (message: Message, byteCount: Int)?
        if let message {
            tally.count(.message)
            received = place[side].reader.read(message, usesBytes: usesBytes)
            guard received != nil else { return ground.violate("read otherwise than written: \(Trace.short(message))") }
            links[link]?[side].reader = place[side].reader
        }
        switch side {
        case .client:
            guard devices[place.device].link == link, devices[place.device].run == place.run else { return }
            trace.add("\(Trace.short(now)) d\(place.device) <- \(message.map(Trace.short) ?? "end")")
            guard let (message, byteCount) = received else { return clientEnds(place.device, nil) }
            if ground.bug == .neverOpensAgain, case .error(let error) = message, error.dot != nil { return }
            if !message.bringsSmallWrite { answerShared(place.device) }
            perform(place.device) { $0.received(message, byteCount: byteCount) }
        case .server:
            guard place.conversation != nil else { return }
            trace.add("\(Trace.short(now)) s\(link) <- \(message.map(Trace.short) ?? "end")")
            guard let (message, byteCount) = received else { return serverEnds(link) }
            notifyServer(link) { $0.received(message, byteCount: byteCount) }
        }
    }

    // MARK: Timers

    mutating func startTimer(_ link: Int, _ side: Side, _ timer: ConversationTimer) {
        let count = (links[link]?.timers[.init(side: side, timer: timer)] ?? 0) + 1
        links[link]?.timers[.init(side: side, timer: timer)] = count
        schedule(.timer(link, side, timer, count), after: timer.duration)
    }

    mutating func cancelTimer(_ link: Int, _ side: Side, _ timer: ConversationTimer) {
        links[link]?.timers[.init(side: side, timer: timer), default: 0] += 1
    }

    mutating func fire(_ link: Int, _ side: Side, _ timer: ConversationTimer, _ count: Int) {
        guard let place = links[link], place.timers[.init(side: side, timer: timer)] == count else { return }
        switch side {
        case .client:
            guard devices[place.device].link == link, devices[place.device].run == place.run else { return }
            notify(place.device) { $0.timerFired(timer) }
        case .server:
            guard place.conversation != nil else { return }
            notifyServer(link) { $0.timerFired(timer) }
        }
    }
}

// MARK: - Client

/// A device's process: the loop around a ``SyncStateMachine``.
extension Simulation {
    mutating func start(_ device: Int) {
        guard devices[device].machine == nil else { return }
        trace.add("\(Trace.short(now)) d\(device) starts")
        devices[device].machine = SyncStateMachine([Roster.space])
        notify(device) { $0.start() }
    }

    /// The process ends; the state on its disk stays.
    mutating func crash(_ device: Int, isSilent: Bool) {
        guard devices[device].machine != nil else { return }
        trace.add("\(Trace.short(now)) d\(device) crashes")
        tally.count(.crash)
        if let link = devices[device].link, !isSilent { send(nil, link, to: .server) }
        devices[device].machine = nil
        devices[device].link = nil
        devices[device].shared = []
        devices[device].run += 1
        devices[device].isUpToDate = false
        devices[device].replica.request = nil
        if !devices[device].isAway { schedule(.start(device), after: draw(.seconds(5))) }
    }

    /// Passes one event to a process, and performs all resulting actions.
    mutating func notify(_ device: Int, _ event: (inout SyncStateMachine) -> [SyncStateMachine.Action]) {
        answerShared(device)
        perform(device, event)
    }

    /// Answers the questions that share a transaction.
    private mutating func answerShared(_ device: Int) {
        guard !devices[device].shared.isEmpty, ground.violation == nil else { return }
        let questions = devices[device].shared
        devices[device].shared = []
        let answers = questions.map { answer($0, device) }
        perform(device) { machine in
            zip(answers, questions).flatMap { machine.answered($0, to: $1, of: Roster.space) }
        }
    }

    private mutating func perform(_ device: Int, _ event: (inout SyncStateMachine) -> [SyncStateMachine.Action]) {
        guard var actions = devices[device].machine.map({ _ in ArraySlice<SyncStateMachine.Action>() }) else { return }
        take(&actions, device, event)
        while let action = actions.popFirst() {
            if ground.generator.chance(faults.crash) {
                return crash(device, isSilent: ground.generator.chance(0.3))
            }
            if !devices[device].shared.isEmpty, !action.mayPrecedeAnswers {
                let run = devices[device].run
                answerShared(device)
                guard devices[device].run == run, ground.violation == nil else { return }
            }
            switch action {
            case .connect:
                schedule(.dial(device, run: devices[device].run), after: draw(faults.delayUp) + draw(.milliseconds(20)))
            case .retry(let wait):
                devices[device].wait += 1
                schedule(.retry(device, run: devices[device].run, wait: devices[device].wait), after: wait)
            case .reportOffline(let code):
                devices[device].lastCode = code
                trace.add("\(Trace.short(now)) d\(device) offline \(code.map { "\($0)" } ?? "")")
            case .converse(let action): converse(action, device, &actions)
            }
            guard ground.violation == nil else { return }
        }
    }

    private mutating func take(
        _ actions: inout ArraySlice<SyncStateMachine.Action>, _ device: Int,
        _ event: (inout SyncStateMachine) -> [SyncStateMachine.Action]
    ) {
        guard var machine = devices[device].machine else { return }
        devices[device].machine = nil
        actions += event(&machine)
        devices[device].machine = machine
    }

    private mutating func converse(
        _ action: ClientConversation.Action, _ device: Int, _ actions: inout ArraySlice<SyncStateMachine.Action>
    ) {
        guard let link = devices[device].link else { return }
        switch action {
        case .send(let message):
            trace.add("\(Trace.short(now)) d\(device) -> \(Trace.short(message))")
            if message.isMoving {
                devices[device].isUpToDate = false
                devices[device].isTold = false
            }
            if case .held(_, let ends) = message { checkHeld(ends, by: device) }
            send(message, link, to: .server)
        case .prove(let transcript):
            let identity = Roster.devices[devices[device].number].identity
            guard
                let proof = Authentication(
                    signingKey: identity.signingKey, agreementKey: identity.agreementKey,
                    signature: Roster.proof(identity, transcript))
            else { return }
            take(&actions, device) { $0.proved(proof) }
        case .admit, .committed, .claimed, .granted: break
        case .ask(_, let question) where sharesWrites && question.isSmallWrite:
            if devices[device].shared.isEmpty {
                let time = Duration.milliseconds(Int.random(in: 0...20, using: &commitTimes))
                schedule(.committed(device, run: devices[device].run, link: link), after: time)
            }
            devices[device].shared.append(question)
        case .ask(let space, let question):
            let answer = answer(question, device)
            take(&actions, device) { $0.answered(answer, to: question, of: space) }
        case .report(_, let notice):
            trace.add("\(Trace.short(now)) d\(device) \(notice)")
            tally.count(notice)
            note(notice, device)
            if case .spaceStopped(let code) = notice {
                devices[device].lastCode = code
                if code == .cut { schedule(.administrator(device), after: draw(.seconds(3_600))) }
            }
            if notice == .upToDate { devices[device].isUpToDate = true }
            if notice == .recordAccepted { devices[device].replica.request = nil }
            if case .recordRefused = notice { devices[device].replica.request = nil }
        case .startTimer(let timer): startTimer(link, .client, timer)
        case .cancelTimer(let timer): cancelTimer(link, .client, timer)
        case .resume(_, let wait):
            schedule(.resume(device, run: devices[device].run, link: link), after: wait)
        case .close(let code):
            send(nil, link, to: .server)
            devices[device].link = nil
            devices[device].shared = []
            let jitter = Double.random(in: 0...1, using: &ground.generator)
            take(&actions, device) { $0.connectionLost(code, jitter: jitter) }
        }
    }

    /// The connection was ended from outside.
    mutating func clientEnds(_ device: Int, _ code: ErrorCode?) {
        if let link = devices[device].link { send(nil, link, to: .server) }
        devices[device].link = nil
        devices[device].shared = []
        devices[device].isUpToDate = false
        let jitter = Double.random(in: 0...1, using: &ground.generator)
        notify(device) { $0.connectionLost(code, jitter: jitter) }
    }

    private mutating func answer(_ question: ReplicaQuestion, _ device: Int) -> ReplicaAnswer {
        tally.count(.answer)
        if !letsLogsFork, knowsLongerLog(than: devices[device].replica) {
            if case .makeRecord = question { return .refused(.head) }
            if case .relation(let end) = question, end == devices[device].replica.end { return .relation(.equal) }
        }
        checkRewriting(question, device)
        let before = devices[device].replica.edits.frontier.clock
        let readable = question.isForgetting ? factsEverywhere() : []
        let answer = devices[device].replica.answer(mistaken(question, device), &ground)
        if let link = devices[device].link {
            if case .missingBoxes(let dots) = answer { links[link]?.askedBoxes[.client, default: []].formUnion(dots) }
            if question == .frontier, ground.bug != .asksForABoxOnce { links[link]?.askedBoxes[.client] = [] }
        }
        if devices[device].replica.hasHandedOn {
            devices[device].replica.hasHandedOn = false
            trace.add("\(Trace.short(now)) device \(device) hands on keys")
            tally.count(.handedOn)
            schedule(.wake(device), after: .zero)
        }
        trace.add("\(Trace.short(now)) d\(device) \(Trace.short(question)): \(Trace.short(answer))")
        tally.count(answer)
        checkForgotten(devices[device].replica.edits, besides: devices[device].replica.overreached)
        if question.isForgetting { excuse(readable) }
        let mayGoBack =
            switch answer {
            case .rebased, .logExtended(_, moved: true): true
            default: false
            }
        if !mayGoBack, !devices[device].replica.edits.frontier.clock.covers(before) {
            ground.violate("the clock of device \(device) went back")
        }
        return answer
    }

    /// The question of a process with a seeded bug.
    private func mistaken(_ question: ReplicaQuestion, _ device: Int) -> ReplicaQuestion {
        guard ground.bug == .asksForABoxOnce || ground.bug == .forgetsPromises,
            case .missingBoxes(let besides) = question
        else { return question }
        return .missingBoxes(besides: besides.union(asked(devices[device].link, .client)))
    }

    /// A forked log needs a person's decision, so no device extends a log if a longer one exists anywhere.
    ///
    /// Once the faults are over nothing is restored from a backup any more.
    func knowsLongerLog(than replica: ModelReplica) -> Bool {
        var logs = devices.map(\.replica.log)
        logs.append(server.spaces[Roster.space]?.log)
        if !isHealing { logs += savedReplicas.map(\.log) + savedServers.map { $0.spaces[Roster.space]?.log } }
        return logs.contains { ($0?.records.count ?? 0) > replica.end.count }
    }

    private func checkHeldMessage(_ ends: [Tip], _ edits: EditLog) -> Bool {
        ends.allSatisfy { edits.holding($0.dot) == .end($0.hash) }
    }

    private mutating func checkHeld(_ ends: [Tip], by device: Int) {
        guard !checkHeldMessage(ends, devices[device].replica.edits) else { return }
        ground.violate("device \(device) acknowledged what it does not hold")
    }
}

extension ReplicaQuestion {
    /// Whether it contains a forget: boxes that it scrubs are lost if they were nowhere else, whatever becomes of the
    /// forget.
    var isForgetting: Bool {
        if case .take(let batch) = self { batch.edits.contains { $0.header.isForget } } else { false }
    }
}

extension ServerQuestion {
    /// As ``ReplicaQuestion/isForgetting``.
    var isForgetting: Bool {
        if case .take(_, let batch) = self { batch.edits.contains { $0.header.isForget } } else { false }
    }
}

extension SyncStateMachine.Action {
    /// Whether it may be performed before the answers to shared writes, as in the product.
    fileprivate var mayPrecedeAnswers: Bool {
        switch self {
        case .converse(.startTimer), .converse(.cancelTimer), .converse(.send(.credit)): true
        case .converse(.ask(_, let question)): question.isSmallWrite
        default: false
        }
    }
}

extension Message {
    /// Whether its sender is no longer up to date.
    var isMoving: Bool {
        switch self {
        case .open, .batch: true
        default: false
        }
    }
}

// MARK: - Server

/// The server's process: the loop around each ``ServerConversation``, and the hub between them.
extension Simulation {
    mutating func notifyServer(_ link: Int, _ event: (inout ServerConversation) -> [ServerConversation.Action]) {
        guard links[link]?.conversation != nil else { return }
        var actions = ArraySlice<ServerConversation.Action>()
        take(&actions, link, event)
        while let action = actions.popFirst() {
            if ground.generator.chance(faults.serverCrash) { return crashServer() }
            switch action {
            case .send(let message):
                trace.add("\(Trace.short(now)) s\(link) -> \(Trace.short(message))")
                if case .held(_, let ends) = message { checkServerHolds(ends) }
                guard let deceives, let device = links[link]?.device else {
                    send(message, link, to: .client)
                    break
                }
                for said in deceives(message, device, devices[device].replica) {
                    if said != message { tally.count(.lie) }
                    send(said, link, to: .client)
                }
            case .ask(let question):
                let answer = answer(question, link)
                take(&actions, link) { $0.answered(answer, to: question) }
            case .publish(_, let news): publish(news, except: link)
            case .startTimer(let timer): startTimer(link, .server, timer)
            case .cancelTimer(let timer): cancelTimer(link, .server, timer)
            case .close:
                send(nil, link, to: .client)
                links[link]?.conversation = nil
            case .admit, .admitUnauthenticated, .offer, .commit, .reply, .reveal, .grant: break
            }
            guard ground.violation == nil, links[link]?.conversation != nil else { return }
        }
    }

    private mutating func take(
        _ actions: inout ArraySlice<ServerConversation.Action>, _ link: Int,
        _ event: (inout ServerConversation) -> [ServerConversation.Action]
    ) {
        guard var conversation = links[link]?.conversation else { return }
        actions += event(&conversation)
        links[link]?.conversation = conversation
    }

    private mutating func answer(_ question: ServerQuestion, _ link: Int) -> ServerAnswer {
        tally.count(.answer)
        let device = links[link].flatMap { $0.conversation?.device }
        let readable = question.isForgetting ? factsEverywhere() : []
        let count = server.spaces[Roster.space]?.edits.batches.count ?? 0
        let answer: ServerAnswer
        switch (ground.bug, question) {
        case (.acknowledgesBeforeHolding, .take) where ground.generator.chance(0.05):
            var copy = server
            answer = copy.answer(question, to: device, now: now)
        case (.dropsLateBoxes, .supply): answer = .done
        case (.believesWhatWasSent, .records(let space, let position)) where position < believedLog(link):
            answer = server.answer(.records(space, from: believedLog(link)), to: device, now: now)
        case (.believesWhatWasSent, .log(let space, let end)) where end.count < believedLog(link):
            answer = .log(missingFrom: nil, end: server.spaces[space]?.log.logEnd ?? end)
        case (.asksForABoxOnce, .missingBoxes(let space, let besides)),
            (.forgetsPromises, .missingBoxes(let space, let besides)):
            answer = server.answer(
                .missingBoxes(space, besides: besides.union(asked(link, .server))), to: device, now: now)
            if case .missingBoxes(let dots) = answer { links[link]?.askedBoxes[.server, default: []].formUnion(dots) }
        case (.overlooksForks, .compare(let space, _)):
            answer = server.answer(.compare(space, Frontier()), to: device, now: now)
        default: answer = server.answer(question, to: device, now: now)
        }
        if question.isForgetting { excuse(readable) }
        if case .append = question {
            noteQuarantined()
            if let held = server.spaces[Roster.space]?.edits.batches.count, held < count {
                ground.violate("a record took edits from an honest server")
            }
        }
        switch answer {
        case .appended(let end, _), .records(_, let end): links[link]?.believedLog = end.count
        default: break
        }
        if case .compare = question, ground.bug == .forgetsPromises { links[link]?.askedBoxes[.server] = [] }
        trace.add("\(Trace.short(now)) s\(link) \(Trace.short(question)): \(Trace.short(answer))")
        if case .refused(let code, _) = answer { tally.refused(code) }
        if case .postponed = answer { tally.count(.postponed) }
        if case .holding = answer {
            tally.count(.hold)
            if faults.has(.hostile) { writeOn(wanted(gone: links[link]?.device)) }
        }
        if question.pauses(by: answer) {
            schedule(.pauseOver, after: .milliseconds(SpaceService.pauseMillis + 1))
            writeOn(server.paused(in: Roster.space, now: now))
        }
        return answer
    }

    /// A device that is about to be removed writes at that moment, to prevent its removal.
    private mutating func writeOn(_ going: Set<DeviceID>) {
        for device in devices.indices where going.contains(devices[device].replica.identity.id) {
            schedule(.write(device), after: .milliseconds(1))
        }
    }

    /// The devices to remove in a request.
    private func wanted(gone device: Int?) -> Set<DeviceID> {
        guard case .remove(let others)? = device.flatMap({ devices[$0].replica.request }) else { return [] }
        return Set(others.map { Roster.devices[$0].identity.id })
    }

    /// For seeded bugs: boxes that were requested on this connection, or since clocks were compared, if that counts.
    func asked(_ link: Int?, _ side: Side) -> Set<Dot> { link.flatMap { links[$0]?.askedBoxes[side] } ?? [] }

    private func believedLog(_ link: Int) -> Int { links[link]?.believedLog ?? 0 }

    /// Quarantined edits of the server may come back.
    private mutating func noteQuarantined() {
        guard let quarantined = server.spaces[Roster.space]?.quarantined else { return }
        ground.truth.moved.formUnion(ground.truth.said(in: quarantined.map(\.batch)))
    }

    /// Wakes the conversations of the others.
    mutating func publish(_ news: SpaceNews, except link: Int?) {
        let news = ground.bug == .forgetsPromises ? news.subtracting(.boxes) : news
        for other in links.keys.sorted() where other != link && links[other]?.conversation != nil && !news.isEmpty {
            schedule(.moved(other, news), after: draw(.milliseconds(5)))
        }
    }

    /// The other side closed, or is gone.
    mutating func serverEnds(_ link: Int) {
        links[link]?.conversation = nil
        send(nil, link, to: .client)
    }

    /// The process ends; the state on its disk stays.
    mutating func crashServer() {
        guard isServerUp else { return }
        trace.add("\(Trace.short(now)) server crashes")
        tally.count(.serverCrash)
        isServerUp = false
        server.restart()
        for link in links.keys.sorted() where links[link]?.conversation != nil {
            links[link]?.conversation = nil
            if ground.generator.chance(0.7) { send(nil, link, to: .client) }
        }
        schedule(.serverStart, after: draw(.seconds(5)))
    }

    /// The server's disk is replaced by an older one or another: nothing is in flight any more.
    mutating func serverGoesBack(to other: ModelServer) {
        let before = factsEverywhere()
        server = other
        server.restart()
        for link in links.keys.sorted()
        where links[link]?.conversation != nil || links[link]?.toClient.isClosed == false {
            links[link]?.conversation = nil
            cutOff(link)
        }
        excuse(before)
    }

    private mutating func checkServerHolds(_ ends: [Tip]) {
        guard let edits = server.spaces[Roster.space]?.edits,
            ends.allSatisfy({ edits.holding($0.dot) == .end($0.hash) })
        else { return ground.violate("the server acknowledged what it does not hold") }
    }
}

extension ServerConversation {
    /// The authenticated device.
    var device: DeviceID? { if case .talking(let device) = phase { device } else { nil } }
}
