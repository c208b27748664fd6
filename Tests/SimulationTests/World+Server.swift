import Causality
import Membership
import ServerModel
import SyncServer
import TestSupport
import Wire

/// The server's process: the loop around each ``ServerConversation``, and the hub between them.
extension World {
    mutating func tellServer(_ link: Int, _ event: (inout ServerConversation) -> [ServerConversation.Action]) {
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
            case .admit, .visit, .offer, .commit, .reply, .reveal, .grant: break
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
        case (.asksForABoxOnce, .lackingBoxes(let space, let besides)),
            (.forgetsPromises, .lackingBoxes(let space, let besides)):
            answer = server.answer(
                .lackingBoxes(space, besides: besides.union(asked(link, .server))), to: device, now: now)
            if case .lackingBoxes(let dots) = answer { links[link]?.askedBoxes[.server, default: []].formUnion(dots) }
        case (.overlooksForks, .compare(let space, _)):
            answer = server.answer(.compare(space, Frontier()), to: device, now: now)
        default: answer = server.answer(question, to: device, now: now)
        }
        if question.isForgetting { excuse(readable) }
        if case .append = question {
            noteSetAside()
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
    private mutating func noteSetAside() {
        guard let aside = server.spaces[Roster.space]?.setAside else { return }
        ground.truth.moved.formUnion(ground.truth.said(in: aside.map(\.batch)))
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

    private mutating func checkServerHolds(_ ends: [LineEnd]) {
        guard let edits = server.spaces[Roster.space]?.edits,
            ends.allSatisfy({ edits.holding($0.dot) == .end($0.hash) })
        else { return ground.violate("the server acknowledged what it does not hold") }
    }
}

extension ServerConversation {
    /// The authenticated device.
    var device: DeviceID? { if case .talking(let device) = phase { device } else { nil } }
}
