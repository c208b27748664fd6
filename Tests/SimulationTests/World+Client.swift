import Between
import Causality
import Membership
import ServerModel
import SyncServer
import TestSupport
import Wire

/// A device's process: the loop around a ``SyncStateMachine``.
extension World {
    mutating func start(_ device: Int) {
        guard devices[device].machine == nil else { return }
        trace.add("\(Trace.short(now)) d\(device) starts")
        devices[device].machine = SyncStateMachine([Roster.space])
        tell(device) { $0.start() }
    }

    /// The process ends; the state on its disk stays.
    mutating func crash(_ device: Int, isSilent: Bool) {
        guard devices[device].machine != nil else { return }
        trace.add("\(Trace.short(now)) d\(device) crashes")
        tally.count(.crash)
        if let link = devices[device].link, !isSilent { send(nil, link, to: .server) }
        devices[device].machine = nil
        devices[device].link = nil
        devices[device].run += 1
        devices[device].isInStep = false
        devices[device].replica.request = nil
        if !devices[device].isAway { schedule(.start(device), after: draw(.seconds(5))) }
    }

    /// Passes one event to a process, and performs all resulting actions.
    mutating func tell(_ device: Int, _ event: (inout SyncStateMachine) -> [SyncStateMachine.Action]) {
        guard var actions = devices[device].machine.map({ _ in ArraySlice<SyncStateMachine.Action>() }) else { return }
        take(&actions, device, event)
        while let action = actions.popFirst() {
            if ground.generator.chance(faults.crash) {
                return crash(device, isSilent: ground.generator.chance(0.3))
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
                devices[device].isInStep = false
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
            if notice == .inStep { devices[device].isInStep = true }
            if notice == .recordStands { devices[device].replica.request = nil }
            if case .recordRefused = notice { devices[device].replica.request = nil }
        case .startTimer(let timer): startTimer(link, .client, timer)
        case .cancelTimer(let timer): cancelTimer(link, .client, timer)
        case .resume(_, let wait):
            schedule(.resume(device, run: devices[device].run, link: link), after: wait)
        case .close(let code):
            send(nil, link, to: .server)
            devices[device].link = nil
            let jitter = Double.random(in: 0...1, using: &ground.generator)
            take(&actions, device) { $0.connectionLost(code, jitter: jitter) }
        }
    }

    /// The connection was ended from outside.
    mutating func clientEnds(_ device: Int, _ code: ErrorCode?) {
        if let link = devices[device].link { send(nil, link, to: .server) }
        devices[device].link = nil
        devices[device].isInStep = false
        let jitter = Double.random(in: 0...1, using: &ground.generator)
        tell(device) { $0.connectionLost(code, jitter: jitter) }
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
            if case .lackingBoxes(let dots) = answer { links[link]?.askedBoxes[.client, default: []].formUnion(dots) }
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
            case .transplanted, .logExtended(_, moved: true): true
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
            case .lackingBoxes(let besides) = question
        else { return question }
        return .lackingBoxes(besides: besides.union(asked(devices[device].link, .client)))
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

    private func checkHeldMessage(_ ends: [LineEnd], _ edits: EditLog) -> Bool {
        ends.allSatisfy { edits.holding($0.dot) == .end($0.hash) }
    }

    private mutating func checkHeld(_ ends: [LineEnd], by device: Int) {
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

extension Message {
    /// Whether its sender is no longer up to date.
    var isMoving: Bool {
        switch self {
        case .open, .batch: true
        default: false
        }
    }
}
