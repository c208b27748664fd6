import SyncClient
import Causality
import Membership
import Testing
import Wire
import WireSupport

/// The conversation of a client that has no journal yet.
@Suite struct EnrolmentConversationTests {
    static let record = LinkedRecord(previous: nil, bytes: [1, 2])
    static let next = LinkedRecord(previous: Sample.hash, bytes: [3, 4])
    static let end = LogEnd(count: 1, head: Sample.hash) ?? .empty

    /// For each message, the result in each of ``states``; `.` is closing with `unexpected`.
    static let table = """
        message    greeting      proving       claiming      waiting       reading       atRest        appending     over
        hello      .             .             .             .             .             .             .             -
        challenge  prove         .             .             .             .             .             .             -
        auth       .             .             .             .             .             .             .             -
        welcome    .             commit        .             .             .             .             .             -
        log        .             .             .             .             read          -             -             -
        append     .             .             .             .             -             -             close         -
        hold       .             .             .             .             .             -             .             -
        holding    .             .             .             .             .             -             .             -
        open       .             .             .             .             .             -             .             -
        opened     .             .             .             .             .             -             .             -
        feed       .             .             .             .             .             -             .             -
        tips       .             .             .             .             .             -             .             -
        proof      .             .             .             .             .             -             .             -
        batch      .             .             .             .             .             -             .             -
        held       .             .             .             .             .             -             .             -
        fetch      .             .             .             .             .             -             .             -
        box        .             .             .             .             .             -             .             -
        offer      .             .             .             .             .             .             .             -
        commit     .             .             .             .             .             .             .             -
        reply      .             .             replied       .             .             .             .             -
        reveal     .             .             .             .             .             .             .             -
        grant      .             .             .             granted       .             .             .             -
        credit     -             -             -             -             -             -             -             -
        ping       pong          pong          pong          pong          pong          pong          pong          -
        pong       -             -             -             -             -             -             -             -
        error      close         close         close         close         close         close         close         -
        bye        close         close         close         close         close         close         close         -
        """

    static func began(_ enrolment: EnrolmentConversation.Enrolment) -> EnrolmentConversation {
        var conversation = EnrolmentConversation(enrolment, nonce: Sample.nonce, keyHash: Sample.keyHash)
        _ = conversation.connected()
        return conversation
    }

    static let states: [String: EnrolmentConversation] = {
        var conversation = began(.claim(Sample.slot, Sample.hash, sealed: [1]))
        var states = ["greeting": conversation]
        _ = conversation.received(.challenge(versions: .ours, nonce: Sample.nonce))
        states["proving"] = conversation
        _ = conversation.received(.welcome(spaces: []))
        states["claiming"] = conversation
        _ = conversation.received(.reply(Sample.slot, Sample.nonce))
        states["waiting"] = conversation
        var reading = began(.readLog(Sample.space))
        _ = reading.received(.challenge(versions: .ours, nonce: Sample.nonce))
        _ = reading.received(.welcome(spaces: [Sample.space]))
        states["reading"] = reading
        _ = reading.received(.append(Sample.space, previous: nil, record: record.bytes))
        _ = reading.received(.log(Sample.space, end))
        states["atRest"] = reading
        _ = reading.append(next)
        states["appending"] = reading
        _ = reading.finish()
        states["over"] = reading
        return states
    }()

    @Test func everyMessageIsAnsweredInEveryState() throws {
        for cell in try #require(MessageTable(Self.table)).cells {
            var conversation = try #require(Self.states[cell.state])
            let actions = conversation.received(cell.message)
            let said: Comment = "\(Sample.name(cell.message)) in \(cell.state): \(actions)"
            #expect(Self.summary(actions) == cell.expected, said)
        }
    }

    /// The first action other than starting a timer.
    static func summary(_ actions: [EnrolmentConversation.Action]) -> String {
        for action in actions {
            switch action {
            case .startTimer, .cancelTimer: continue
            case .send(let message): return Sample.name(message)
            case .close(let code?): return code == .unexpected ? "." : "close"
            case .close(nil): return "close"
            case .prove, .replied, .granted, .spaces, .read, .accepted: return Sample.caseName(action)
            }
        }
        return "-"
    }

    /// A member that saw the claim before replying could choose the reply so that the words match another claim.
    @Test func theClaimIsShownOnceTheMemberHasReplied() throws {
        var conversation = try #require(Self.states["proving"])
        let said = conversation.received(.welcome(spaces: []))
        #expect(said.first { if case .send = $0 { true } else { false } } == .send(.commit(Sample.slot, Sample.hash)))
        for _ in 0..<3 { #expect(!conversation.received(.pong).contains(.send(.reveal(Sample.slot, sealed: [1])))) }
        let told = conversation.received(.reply(Sample.slot, Sample.nonce))
        // The keys are on the disk, and the words on the screen, before anybody gets the claim.
        #expect(
            told.filter { if case .send = $0 { true } else { $0 == .replied(Sample.nonce) } }
                == [.replied(Sample.nonce), .send(.reveal(Sample.slot, sealed: [1]))])
        #expect(conversation.received(.reply(Sample.slot, Sample.nonce)).contains(.close(.unexpected)), "once")
    }

    @Test func aReplyToAnotherSlotIsNone() throws {
        var conversation = try #require(Self.states["claiming"])
        let other = try #require(Slot([UInt8](repeating: 8, count: 16)))
        #expect(conversation.received(.reply(other, Sample.nonce)).contains(.close(.unexpected)))
    }

    @Test func aGrantToAnotherSlotIsNone() throws {
        var conversation = try #require(Self.states["waiting"])
        let other = try #require(Slot([UInt8](repeating: 8, count: 16)))
        #expect(conversation.received(.grant(other, sealed: [9])).contains(.close(.unexpected)))
    }

    @Test func aClaimThatNobodyWaitsForEndsIt() throws {
        var conversation = try #require(Self.states["claiming"])
        #expect(conversation.received(.error(WireError(.slot))).contains(.close(.slot)))
        #expect(conversation.received(.pong).isEmpty)
    }

    @Test func whoIsAskedMayTakeHisTime() throws {
        var conversation = try #require(Self.states["claiming"])
        #expect(conversation.received(.reply(Sample.slot, Sample.nonce)).contains(.cancelTimer(.answer)))
        #expect(conversation.timerFired(.answer).isEmpty)
        #expect(conversation.timerFired(.silence) == [.send(.ping), .startTimer(.silence)])
        #expect(conversation.timerFired(.silence) == [.close(.timeout)])
    }

    @Test func theWholeLogIsRead() throws {
        var conversation = try #require(Self.states["reading"])
        _ = conversation.received(.append(Sample.space, previous: nil, record: Self.record.bytes))
        let actions = conversation.received(.log(Sample.space, Self.end))
        #expect(actions.contains(.read(Sample.space, [Self.record])))
    }

    @Test func aLogThatIsShorterThanItSaysIsNone() throws {
        var conversation = try #require(Self.states["reading"])
        #expect(conversation.received(.log(Sample.space, Self.end)).contains(.close(.log)))
    }

    @Test func moreRecordsThanALogMayHaveAreNotGathered() throws {
        var conversation = try #require(Self.states["reading"])
        var actions: [EnrolmentConversation.Action] = []
        for _ in 0...MembershipLimits.recordsMax {
            actions = conversation.received(.append(Sample.space, previous: nil, record: []))
        }
        #expect(actions.contains(.close(.log)))
    }

    /// A lying server might send ten gigabytes before any of it is verified.
    @Test func aLogThatIsLongerThanWhoHasNothingTakesIsNotGathered() throws {
        var conversation = try #require(Self.states["reading"])
        let record = [UInt8](repeating: 0, count: WireLimits.recordLengthMax)
        let count = WireLimits.logLengthMax / record.count
        func next(_ bytes: [UInt8]) -> [EnrolmentConversation.Action] {
            conversation.received(.append(Sample.space, previous: nil, record: bytes))
        }
        for _ in 0..<count { #expect(!next(record).contains(.close(.log))) }
        #expect(!next([UInt8](repeating: 0, count: WireLimits.logLengthMax % record.count)).contains(.close(.log)))
        #expect(next([0]).contains(.close(.log)))
        #expect(conversation.phase == .over)
    }

    @Test func whichSpacesThereAreIsAskedForAndNoMore() throws {
        let spaces = [Sample.space, SpaceID(bits: EntryID(high: 8, low: 8))]
        var conversation = Self.began(.listSpaces)
        _ = conversation.received(.challenge(versions: .ours, nonce: Sample.nonce))
        let actions = conversation.received(.welcome(spaces: spaces))
        #expect(actions.contains(.spaces(spaces)) && actions.contains(.send(.bye)) && actions.contains(.close(nil)))
        #expect(conversation.phase == .over)
    }

    @Test func ofSeveralSpacesNoneIsMeant() throws {
        for spaces in [[], [Sample.space, SpaceID(bits: EntryID(high: 8, low: 8))]] {
            var conversation = Self.began(.readLog(nil))
            _ = conversation.received(.challenge(versions: .ours, nonce: Sample.nonce))
            #expect(conversation.received(.welcome(spaces: spaces)).contains(.close(.device)))
        }
    }

    @Test func aRecordIsAcceptedOnceItComesBack() throws {
        var conversation = try #require(Self.states["atRest"])
        #expect(
            conversation.append(Self.next).first == .send(.append(Sample.space, previous: Sample.hash, record: [3, 4])))
        let actions = conversation.received(.append(Sample.space, previous: Sample.hash, record: [3, 4]))
        #expect(actions.contains(.accepted) && actions.suffix(2).contains(.close(nil)))
    }

    @Test func aRecordOfSomebodyElseInItsPlaceEndsIt() throws {
        var conversation = try #require(Self.states["appending"])
        let actions = conversation.received(.append(Sample.space, previous: Sample.hash, record: [9]))
        #expect(actions.contains(.close(.head)))
    }
}
