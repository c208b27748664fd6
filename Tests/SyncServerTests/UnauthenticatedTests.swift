import Causality
import Link
import SyncServer
import Testing
import Wire
import WireSupport

/// A device that the server does not know may claim a slot, and do nothing else.
@Suite(.timeLimit(.minutes(1))) struct UnauthenticatedTests {
    let claim = Message.commit(Sample.slot, Sample.hash)
    /// The longest allowed claim.
    let shown = Message.reveal(Sample.slot, sealed: [UInt8](repeating: 1, count: WireLimits.claimLengthMax))
    let grant = Message.grant(Sample.slot, sealed: [UInt8](repeating: 2, count: WireLimits.grantLengthMax))

    /// Offers a slot; the server has processed that when this returns.
    private func member(of folder: ServedFolder) async throws -> Caller {
        let member = try await folder.caller()
        let answer = try await member.introduces(try StoreAuthor(seed: 1), invitation: folder.invitation)
        #expect(answer == .welcome(spaces: []))
        try await member.connection.send(.offer(Sample.slot))
        #expect(try await member.asks(.ping) == .pong)
        return member
    }

    private func caller(of folder: ServedFolder, _ seed: Int = 2) async throws -> Caller {
        let caller = try await folder.caller()
        #expect(try await caller.introduces(try StoreAuthor(seed: seed)) == .welcome(spaces: []))
        return caller
    }

    @Test func aStrangerClaimsASlotAndIsGrantedIt() async throws {
        try await ServedFolder.serving { folder in
            let member = try await member(of: folder)
            let caller = try await caller(of: folder)
            try await caller.connection.send(claim)
            #expect(try await member.hears() == claim)
            try await member.connection.send(.reply(Sample.slot, Sample.nonce))
            #expect(try await caller.hears() == .reply(Sample.slot, Sample.nonce))
            try await caller.connection.send(shown)
            #expect(try await member.hears() == shown)
            try await member.connection.send(grant)
            #expect(try await caller.hears() == grant)
            #expect(try await caller.asks(.ping) == .pong)
            await caller.ends()
            await member.ends()
        }
    }

    @Test func whoClaimedHearsThatTheMemberLeft() async throws {
        try await ServedFolder.serving { folder in
            let member = try await member(of: folder)
            let caller = try await caller(of: folder)
            try await caller.connection.send(claim)
            #expect(try await member.hears() == claim)
            await member.ends()
            #expect(try await caller.hears() == .error(WireError(.slot)))
            #expect(try await caller.hears() == nil)
        }
    }

    @Test func aMemberHearsThatWhoCommittedItselfLeft() async throws {
        try await ServedFolder.serving { folder in
            let member = try await member(of: folder)
            let caller = try await caller(of: folder)
            try await caller.connection.send(claim)
            #expect(try await member.hears() == claim)
            await caller.ends()
            #expect(try await member.hears() == .error(WireError(.slot)))
            #expect(try await member.hears() == nil)
        }
    }

    @Test func aStepOutOfOrderIsRefused() async throws {
        try await ServedFolder.serving { folder in
            let member = try await member(of: folder)
            let caller = try await caller(of: folder)
            #expect(try await caller.asks(shown) == .error(WireError(.slot)))
            #expect(try await member.asks(.reply(Sample.slot, Sample.nonce)) == .error(WireError(.slot)))
            #expect(try await member.asks(grant) == .error(WireError(.slot)))
            for caller in [caller, member] { await caller.ends() }
        }
    }

    @Test func aSlotThatNobodyOfferedOrThatBurnedIsNone() async throws {
        try await ServedFolder.serving { folder in
            let early = try await caller(of: folder, 3)
            #expect(try await early.asks(claim) == .error(WireError(.slot)))
            let member = try await member(of: folder)
            let caller = try await caller(of: folder)
            try await caller.connection.send(claim)
            #expect(try await member.hears() == claim)
            #expect(try await caller.asks(claim) == .error(WireError(.slot)))
            #expect(try await early.asks(claim) == .error(WireError(.slot)))
            for caller in [early, caller, member] { await caller.ends() }
        }
    }

    @Test(arguments: [Message.log(Sample.space, .empty), .offer(Sample.slot), .credit(bytes: 1)])
    func aStrangerThatWantsMoreIsToldThatItIsNotKnown(_ message: Message) async throws {
        try await ServedFolder.serving { folder in
            let caller = try await caller(of: folder)
            #expect(try await caller.asks(message) == .error(WireError(.device)))
            #expect(try await caller.hears() == nil)
        }
    }

    @Test func whoDoesNotSignIsNotAdmitted() async throws {
        try await ServedFolder.serving { folder in
            let caller = try await folder.caller()
            let answer = try await caller.introduces(try StoreAuthor(seed: 2), signer: try StoreAuthor(seed: 3))
            #expect(answer == .error(WireError(.device)))
            #expect(try await caller.hears() == nil)
        }
    }

    @Test func anUnauthenticatedConnectionLastsAsLongAsAPairingMayTake() async throws {
        var limits = ServingLimits()
        limits.link.authenticationTime = .seconds(10)
        limits.slotLifetime = .seconds(12)
        try await ServedFolder.serving(limits) { folder in
            let begin = ContinuousClock.now
            let caller = try await caller(of: folder)
            #expect(try await caller.hears() == .error(WireError(.timeout)))
            #expect(ContinuousClock.now - begin >= .seconds(12))
            #expect(try await caller.hears() == nil)
        }
    }

    @Test func unauthenticatedConnectionsCountForNothingAndMissedClaimsAsGuessing() async throws {
        var limits = ServingLimits()
        limits.failuresPerAddressMax = 2
        try await ServedFolder.serving(limits) { folder in
            for seed in 2...6 { await (try caller(of: folder, seed)).ends() }
            let guesser = try await caller(of: folder)
            #expect(try await guesser.asks(claim) == .error(WireError(.slot)))
            await (try caller(of: folder, 3)).ends()
            #expect(try await guesser.asks(claim) == .error(WireError(.slot)))
            let late = try await folder.caller()
            #expect(try await late.introduces(try StoreAuthor(seed: 4)) == .error(WireError(.busy)))
            await guesser.ends()
        }
    }

    @Test func whoIsKnownIsLetInWhateverStrangersOfItsAddressDid() async throws {
        var limits = ServingLimits()
        limits.failuresPerAddressMax = 2
        try await ServedFolder.serving(limits) { folder in
            let member = try await member(of: folder)
            let guesser = try await caller(of: folder)
            for _ in 1...limits.failuresPerAddressMax {
                let slot = try #require(Slot([UInt8](repeating: 9, count: Slot.byteCount)))
                #expect(try await guesser.asks(.commit(slot, Sample.hash)) == .error(WireError(.slot)))
            }
            let stranger = try await folder.caller()
            let answer = try await stranger.introduces(try StoreAuthor(seed: 3), invitation: folder.invitation)
            #expect(answer == .error(WireError(.busy)), "nor may it try strings")
            let known = try await folder.caller()
            #expect(try await known.introduces(try StoreAuthor(seed: 1)) == .welcome(spaces: []))
            await known.ends()
            await member.ends()
        }
    }

    @Test func theThirdClaimThatNobodyOfferedIsTheLast() async throws {
        try await ServedFolder.serving { folder in
            let guesser = try await caller(of: folder)
            for _ in 1...ServingLimits().missedClaimsMax {
                #expect(try await guesser.asks(claim) == .error(WireError(.slot)))
            }
            #expect(try await guesser.hears() == nil)
        }
    }
}
