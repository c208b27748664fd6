import Causality
import SyncServer
import Testing
import Wire
import WireSupport

/// The server's answer to every message in every state; `Protocol/SPEC.md` has the same table.
@Suite struct MessageTableTests {
    /// For each message, the result in each of ``states``; `.` is closing with `unexpected`, `device` with that code.
    static let table = """
        message    greeting      proving       unauthenticated known         compared      open          over
        hello      challenge     .             device        .             .             .             -
        challenge  .             .             device        .             .             .             -
        auth       .             ?identify     device        .             .             .             -
        welcome    .             .             device        .             .             .             -
        log        .             .             device        ?log          ?log          ?log          -
        append     .             .             device        .             ?append       ?append       -
        hold       .             .             device        .             ?hold         ?hold         -
        holding    .             .             device        .             .             .             -
        open       .             .             device        .             ?compare      ?compare      -
        opened     .             .             device        .             .             .             -
        feed       .             .             device        .             ?tips         ?tips         -
        tips       .             .             device        .             .             .             -
        proof      .             .             device        .             ?proof        ?proof        -
        batch      .             .             device        .             .             ?take         -
        held       .             .             device        .             -             -             -
        fetch      .             .             device        .             ?boxes        ?boxes        -
        box        .             .             device        .             -             -             -
        offer      .             .             device        offer         offer         offer         -
        commit     .             .             commit        commit        commit        commit        -
        reply      .             .             device        reply         reply         reply         -
        reveal     .             .             reveal        reveal        reveal        reveal        -
        grant      .             .             device        grant         grant         grant         -
        credit     .             .             device        .             .             .             -
        ping       .             .             pong          pong          pong          pong          -
        pong       .             .             -             -             -             -             -
        error      close         close         close         close         close         close         -
        bye        close         close         close         close         close         close         -
        """

    static let states: [String: ServerConversation] = {
        var conversation = ServerConversation(nonce: Sample.nonce, keyHash: Sample.keyHash)
        var states = ["greeting": conversation]
        _ = conversation.received(Sample.messages[0], byteCount: 10)
        states["proving"] = conversation
        let question = ServerQuestion.identify(
            Sample.proof, Transcript(version: 1, client: Sample.nonce, server: Sample.nonce, keyHash: Sample.keyHash))
        var unauthenticated = conversation
        _ = unauthenticated.answered(.stranger, to: question)
        states["unauthenticated"] = unauthenticated
        _ = conversation.answered(.identified(Sample.device, spaces: [Sample.space]), to: question)
        states["known"] = conversation
        _ = conversation.received(.log(Sample.space, .empty), byteCount: 10)
        _ = conversation.answered(
            .log(missingFrom: nil, end: .empty), to: .log(Sample.space, .empty))
        states["compared"] = conversation
        _ = conversation.received(.open(Sample.space, clock: Frontier()), byteCount: 10)
        _ = conversation.answered(.compared(Frontier(), forked: []), to: .compare(Sample.space, Frontier()))
        states["open"] = conversation
        _ = conversation.ends(.stopping)
        states["over"] = conversation
        return states
    }()

    @Test func everyMessageIsAnsweredInEveryState() throws {
        for cell in try #require(MessageTable(Self.table)).cells {
            var conversation = try #require(Self.states[cell.state])
            let actions = conversation.received(cell.message, byteCount: 10)
            let said: Comment = "\(Sample.name(cell.message)) in \(cell.state): \(actions)"
            #expect(Self.summary(actions) == cell.expected, said)
        }
    }

    /// An unauthenticated client could send them without end.
    @Test func aTypeThatIsNotKnownIsAnsweredToWhoIsKnownAlone() {
        for (name, state) in Self.states {
            var conversation = state
            let expected = ["greeting": ".", "proving": ".", "over": "-"][name] ?? "error"
            #expect(Self.summary(conversation.receivedUnknown()) == expected, "\(name)")
            let goesOn = ["known", "compared", "open"].contains(name)
            #expect((conversation.phase == .over) == !goesOn, "\(name)")
        }
    }

    /// The first action other than starting a timer.
    static func summary(_ actions: [ServerConversation.Action]) -> String {
        for action in actions {
            switch action {
            case .startTimer, .cancelTimer: continue
            case .send(.error(let error)) where error.code == .unexpected: return "."
            case .send(.error(let error)) where error.code == .device: return "device"
            case .send(let message): return Sample.name(message)
            case .ask(let question): return "?" + Sample.caseName(question)
            case .close: return "close"
            case .admit, .admitUnauthenticated, .publish, .offer, .commit, .reply, .reveal, .grant:
                return Sample.caseName(action)
            }
        }
        return "-"
    }
}
