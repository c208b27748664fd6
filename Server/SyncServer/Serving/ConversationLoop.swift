import AsyncAlgorithms
import Causality
import Link
import Wire

/// Runs one connection: the loop that owns its ``ServerConversation``.
///
/// Child tasks only send events; the loop takes one, passes it to the machine, and performs the actions in order. So
/// nothing more is read while a batch is written.
struct ConversationLoop: Sendable {
    private enum Event: Sendable {
        case received(ReceivedMessage)
        case news
        case timer(ConversationTimer)
        case ended(LinkError?)
    }

    let connection: LinkConnection
    let store: any ServerStore
    let hub: Hub
    let nonce: Nonce
    let keyHash: KeyHash
    let log: @Sendable (ServerEvent) -> Void

    /// Runs until either side ends the connection; then it is closed.
    func run() async {
        let (id, wakeUp) = hub.enter()
        let deadlines = Deadlines()
        let events = AsyncChannel<Event>()
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                do throws(LinkError) {
                    while let message = try await connection.receive() { await events.send(.received(message)) }
                    await events.send(.ended(nil))
                } catch {
                    await events.send(.ended(error))
                }
            }
            group.addTask { for await _ in wakeUp { await events.send(.news) } }
            group.addTask { while let timer = await deadlines.next() { await events.send(.timer(timer)) } }
            await converse(id, events, deadlines)
            group.cancelAll()
            events.finish()
        }
        await hub.leave(id)
        await connection.close()
    }

    private func converse(_ id: ConnectionID, _ events: AsyncChannel<Event>, _ deadlines: Deadlines) async {
        var machine = ServerConversation(nonce: nonce, keyHash: keyHash.bytes)
        var shell = ConversationShell(self, id, deadlines)
        if await shell.perform(machine.connected(), &machine) == .over { return }
        for await event in events {
            let actions: [ServerConversation.Action]
            switch event {
            case .received(let received):
                actions =
                    received.message.map { machine.received($0, byteCount: received.byteCount) }
                    ?? machine.receivedUnknown()
            case .timer(let timer): actions = machine.timerFired(timer)
            case .news:
                let news = hub.news(of: id)
                if let code = news.end {
                    actions = machine.ends(code)
                } else {
                    actions =
                        news.messages.flatMap { machine.brought($0) }
                        + news.spaces.sorted { $0.key < $1.key }.flatMap { machine.heard($0.value, of: $0.key) }
                }
            case .ended(let error):
                if case .broken(let code) = error { log(.broken(code)) }
                return
            }
            if await shell.perform(actions, &machine) == .over { return }
        }
    }
}

/// Performs the actions of a ``ServerConversation`` in order, and returns their results to it.
struct ConversationShell {
    enum Outcome {
        case goesOn, over
    }

    private let loop: ConversationLoop
    private let id: ConnectionID
    private let deadlines: Deadlines
    private var device: DeviceID?

    init(_ loop: ConversationLoop, _ id: ConnectionID, _ deadlines: Deadlines) {
        self.loop = loop
        self.id = id
        self.deadlines = deadlines
    }

    mutating func perform(
        _ actions: [ServerConversation.Action], _ machine: inout ServerConversation
    ) async -> Outcome {
        var waiting = actions[...]
        while let action = waiting.popFirst() {
            switch action {
            case .send(let message):
                do { try await loop.connection.send(message) } catch { return .over }
            case .admit(let device):
                self.device = device
                loop.connection.authenticated()
                loop.hub.admit(id, device)
            case .admitUnauthenticated: loop.connection.unauthenticated(for: loop.hub.limits.slotLifetime)
            case .ask(let question):
                do {
                    if case .identify(let proof, let transcript) = question {
                        waiting += try await identify(proof, transcript, &machine)
                        continue
                    }
                    let answer = try await loop.store.answer(question, to: device)
                    if let space = question.space { loop.hub.join(id, space) }
                    if question.pauses(by: answer), let space = question.space { loop.hub.paused(space) }
                    waiting += machine.answered(answer, to: question)
                } catch {
                    // Most likely the disk failed: nothing was acknowledged, and the device reconnects.
                    loop.log(.storeFailed(error))
                    waiting += machine.ends(.failed)
                }
            case .publish(let space, let news): loop.hub.publish(space, news, by: id)
            case .offer(let slot):
                let hasRoom = await loop.hub.offer(slot, by: id, now: .now)
                waiting += machine.paired(hasRoom ? nil : .busy)
            case .commit(let slot, let hash):
                let isAwaited = await loop.hub.commit(slot, hash, by: id, now: .now)
                // A visit is not a failure, so a household may pair from one address as often as it likes; guessing a
                // slot counts like guessing a string.
                if !isAwaited { failed() }
                waiting += loop.hub.hasGuessed(id) ? machine.ends(.slot) : machine.paired(isAwaited ? nil : .slot)
            case .reply(let slot, let nonce):
                waiting += await machine.paired(loop.hub.reply(slot, nonce, by: id) ? nil : .slot)
            case .reveal(let slot, let sealed):
                waiting += await machine.paired(loop.hub.reveal(slot, sealed: sealed, by: id) ? nil : .slot)
            case .grant(let slot, let sealed):
                waiting += await machine.paired(loop.hub.grant(slot, sealed: sealed, by: id) ? nil : .slot)
            case .startTimer(let timer): deadlines.start(timer)
            case .cancelTimer(let timer): deadlines.cancel(timer)
            case .close(let code):
                if let code { loop.log(.closed(code)) }
                return .over
            }
        }
        return .goesOn
    }

    /// Admits a device with a valid proof, whatever others at its address did. An unknown device whose address has no
    /// attempts left may neither use a string nor visit.
    private func identify(
        _ proof: Authentication, _ transcript: Transcript, _ machine: inout ServerConversation
    ) async throws -> [ServerConversation.Action] {
        let question = ServerQuestion.identify(proof, transcript)
        let mayTry = loop.hub.mayTry(loop.connection.remoteAddress, now: .now)
        let asked = mayTry ? question : .identify(proof.withoutInvitation, transcript)
        switch try await loop.store.answer(asked, to: nil) {
        case .identified(let device, let spaces):
            return machine.answered(.identified(device, spaces: spaces), to: question)
        case .stranger where !mayTry: return machine.ends(.busy)
        case .refused(let code, let dot):
            failed()
            return machine.answered(.refused(mayTry ? code : .busy, dot), to: question)
        case let answer: return machine.answered(answer, to: question)
        }
    }

    private func failed() {
        guard let address = loop.connection.remoteAddress else { return }
        if loop.hub.failed(address, now: .now) { loop.log(.guessed(address)) }
    }
}
