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
        let (id, bell) = hub.enter()
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
            group.addTask { for await _ in bell { await events.send(.news) } }
            group.addTask { while let timer = await deadlines.next() { await events.send(.timer(timer)) } }
            await converse(id, events, deadlines)
            group.cancelAll()
            events.finish()
        }
        hub.leave(id)
        await connection.close()
    }

    private func converse(_ id: Hub.ConnectionID, _ events: AsyncChannel<Event>, _ deadlines: Deadlines) async {
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
