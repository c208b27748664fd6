import SyncClient
import Causality
import Membership
import Testing
import Wire
import WireSupport

/// The device's answer to every message in every state; `Protocol/SPEC.md` has the same table.
@Suite struct MessageTableTests {
    /// For each message, the result in each of ``states``; `.` is closing with `unexpected`.
    static let table = """
        message    greeting      proving       logs          clocks        forks         live          over
        hello      .             .             .             .             .             .             -
        challenge  prove         .             .             .             .             .             -
        auth       .             .             .             .             .             .             -
        welcome    .             admit         .             .             .             .             -
        log        .             .             ?relation     ?relation     ?relation     ?relation     -
        append     .             .             ?extendLog    ?extendLog    ?extendLog    ?extendLog    -
        hold       .             .             .             .             .             .             -
        holding    .             .             -             -             -             -             -
        open       .             .             .             .             .             .             -
        opened     .             .             .             ?compare      .             .             -
        feed       .             .             .             .             .             .             -
        tips       .             .             .             .             .             .             -
        proof      .             .             .             .             .             .             -
        batch      .             .             ?take         ?take         ?take         ?take         -
        held       .             .             -             -             -             -             -
        fetch      .             .             ?boxes        ?boxes        ?boxes        ?boxes        -
        box        .             .             -             -             -             ?missingBoxes -
        offer      .             .             .             .             .             .             -
        commit     .             .             .             .             .             .             -
        reply      .             .             .             .             .             .             -
        reveal     .             .             .             .             .             .             -
        grant      .             .             .             .             .             .             -
        credit     .             .             .             .             .             .             -
        ping       pong          pong          pong          pong          pong          pong          -
        pong       -             -             -             -             -             -             -
        error      close         close         close         close         close         close         -
        bye        close         close         close         close         close         close         -
        """

    static let states: [String: ClientConversation] = {
        var conversation = ClientConversation([Sample.space], nonce: Sample.nonce, keyHash: Sample.keyHash)
        _ = conversation.connected()
        var states = ["greeting": conversation]
        _ = conversation.received(.challenge(versions: .ours, nonce: Sample.nonce), byteCount: 10)
        states["proving"] = conversation
        _ = conversation.received(.welcome(spaces: [Sample.space]), byteCount: 10)
        states["logs"] = conversation
        _ = conversation.answered(.relation(.equal), to: .relation(.empty), of: Sample.space)
        var frontier = Frontier()
        frontier.advance(to: Tip(Dot(Sample.replica, 4), Sample.hash))
        _ = conversation.answered(.frontier(frontier), to: .frontier, of: Sample.space)
        states["clocks"] = conversation
        var forked = conversation
        _ = forked.received(.opened(Sample.space, clock: frontier, forked: [Sample.replica]), byteCount: 10)
        _ = forked.answered(.compared(forked: [], lost: 0), to: .compare(frontier), of: Sample.space)
        states["forks"] = forked
        _ = conversation.received(.opened(Sample.space, clock: frontier, forked: []), byteCount: 10)
        _ = conversation.answered(.compared(forked: [], lost: 0), to: .compare(frontier), of: Sample.space)
        states["live"] = conversation
        _ = conversation.finish()
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

    /// The first action other than starting a timer.
    static func summary(_ actions: [ClientConversation.Action]) -> String {
        for action in actions {
            switch action {
            case .startTimer, .cancelTimer, .report: continue
            case .send(let message): return Sample.name(message)
            case .ask(_, let question): return "?" + Sample.caseName(question)
            case .close(let code?): return code == .unexpected ? "." : "close"
            case .close(nil): return "close"
            case .prove, .admit, .resume, .committed, .claimed, .granted: return Sample.caseName(action)
            }
        }
        return "-"
    }
}
