import Causality
import Link
import SyncServer
import TestSupport
import Testing
import Wire
import WireSupport

/// Notification of connections, and pairing between them.
@Suite struct HubTests {
    let limits = ServingLimits()
    let hub = Hub(ServingLimits())
    let now = ContinuousClock.now

    func connection(of device: DeviceID = Sample.device) -> ConnectionID {
        let id = hub.enter().0
        hub.admit(id, device)
        hub.join(id, Sample.space)
        return id
    }

    @Test func whatIsNewIsToldToAllInTheSpaceButWhoBroughtIt() {
        let (author, reader, stranger) = (connection(), connection(), hub.enter().0)
        hub.publish(Sample.space, .moved, by: author)
        hub.publish(Sample.space, [.moved, .stubs], by: author)
        #expect(hub.news(of: author) == Hub.News())
        #expect(hub.news(of: reader).spaces == [Sample.space: [.moved, .stubs]], "once for many")
        #expect(hub.news(of: reader) == Hub.News(), "and once")
        #expect(hub.news(of: stranger) == Hub.News())
    }

    @Test func newsWakesAConnectionUp() async {
        let (id, wakeUp) = hub.enter()
        hub.join(id, Sample.space)
        hub.publish(Sample.space, .moved, by: nil)
        var wakeUps = wakeUp.makeAsyncIterator()
        #expect(await wakeUps.next() != nil)
        await hub.leave(id)
        #expect(await wakeUps.next() == nil)
        #expect(hub.connectionCount == 0)
    }

    @Test func aDevicesOldestConnectionGivesWay() {
        let ids = (0..<limits.connectionsPerDeviceMax).map { _ in connection() }
        let another = connection(of: DeviceID(bits: EntryID(high: 7, low: 7)))
        #expect(ids.allSatisfy { hub.news(of: $0).end == nil })
        _ = connection()
        #expect(hub.news(of: ids[0]).end == .busy)
        #expect(ids.dropFirst().allSatisfy { hub.news(of: $0).end == nil })
        #expect(hub.news(of: another).end == nil)
    }

    @Test func aBlockedDevicesConnectionsEnd() {
        let (one, other) = (connection(), connection(of: DeviceID(bits: EntryID(high: 7, low: 7))))
        hub.end(.blocked, Sample.device)
        #expect(hub.news(of: one).end == .blocked)
        #expect(hub.news(of: other).end == nil)
        hub.end(.stopping)
        #expect(hub.news(of: other).end == .stopping)
    }

    // MARK: Pairing

    @Test func aClaimReachesWhoOfferedAndAGrantWhoClaimed() async {
        let (member, stranger) = (connection(), hub.enter().0)
        #expect(await hub.offer(Sample.slot, by: member, now: now))
        #expect(await hub.commit(Sample.slot, Sample.hash, by: stranger, now: now))
        #expect(hub.news(of: member).messages == [.commit(Sample.slot, Sample.hash)])
        #expect(await hub.reply(Sample.slot, Sample.nonce, by: member))
        #expect(hub.news(of: stranger).messages == [.reply(Sample.slot, Sample.nonce)])
        #expect(await hub.reveal(Sample.slot, sealed: [1], by: stranger))
        #expect(hub.news(of: member).messages == [.reveal(Sample.slot, sealed: [1])])
        #expect(await hub.grant(Sample.slot, sealed: [2], by: member))
        #expect(hub.news(of: stranger).messages == [.grant(Sample.slot, sealed: [2])])
        #expect(await !hub.grant(Sample.slot, sealed: [2], by: member), "once")
    }

    /// Each step, after this many earlier ones: whether it is delivered, and only to its pairing.
    @Test(arguments: 0...4) func stepsComeInOrderAndOnce(_ taken: Int) async {
        let (member, stranger) = (connection(), hub.enter().0)
        let steps: [(_ other: Bool) async -> Bool] = [
            { [hub, now] in await hub.commit(Sample.slot, Sample.hash, by: $0 ? member : stranger, now: now) },
            { [hub] in await hub.reply(Sample.slot, Sample.nonce, by: $0 ? stranger : member) },
            { [hub] in await hub.reveal(Sample.slot, sealed: [1], by: $0 ? member : stranger) },
            { [hub] in await hub.grant(Sample.slot, sealed: [2], by: $0 ? stranger : member) },
        ]
        #expect(await hub.offer(Sample.slot, by: member, now: now))
        for step in steps.prefix(taken) { #expect(await step(false)) }
        for (index, step) in steps.enumerated() {
            if index > 0 { #expect(await !step(true), "step \(index) of another after \(taken)") }
            if index != taken { #expect(await !step(false), "step \(index) after \(taken)") }
        }
    }

    /// A member is told that the newcomer left, until the words are shown; after that, with the grant.
    @Test(arguments: [(1, true), (2, true), (3, false)]) func aMemberHearsThatWhoCommittedHimselfLeft(
        _ steps: Int, _ isTold: Bool
    ) async {
        let (member, stranger) = (connection(), hub.enter().0)
        #expect(await hub.offer(Sample.slot, by: member, now: now))
        #expect(await hub.commit(Sample.slot, Sample.hash, by: stranger, now: now))
        if steps > 1 { #expect(await hub.reply(Sample.slot, Sample.nonce, by: member)) }
        if steps > 2 { #expect(await hub.reveal(Sample.slot, sealed: [1], by: stranger)) }
        await hub.leave(stranger)
        #expect(hub.news(of: member).end == (isTold ? .slot : nil))
        #expect(await !hub.grant(Sample.slot, sealed: [2], by: member))
    }

    @Test func aSlotBurnsWithItsFirstClaim() async {
        let (member, first, second) = (connection(), hub.enter().0, hub.enter().0)
        #expect(await hub.offer(Sample.slot, by: member, now: now))
        #expect(await hub.commit(Sample.slot, Sample.hash, by: first, now: now))
        #expect(await !hub.commit(Sample.slot, Sample.hash, by: second, now: now))
        #expect(await !hub.grant(Sample.slot, sealed: [2], by: second), "only the member grants")
    }

    @Test func aSlotIsGoodForTenMinutes() async {
        let (member, stranger) = (connection(), hub.enter().0)
        #expect(await hub.offer(Sample.slot, by: member, now: now))
        #expect(await !hub.commit(Sample.slot, Sample.hash, by: stranger, now: now + limits.slotLifetime))
        #expect(await hub.offer(Sample.slot, by: member, now: now + limits.slotLifetime), "what expired is gone")
    }

    @Test func threeClaimsThatNobodyOfferedAreAllThatAConnectionHas() async throws {
        let (member, guesser) = (connection(), hub.enter().0)
        for _ in 0..<limits.missedClaimsMax {
            #expect(await !hub.commit(Sample.slot, Sample.hash, by: guesser, now: now))
        }
        #expect(hub.hasGuessed(guesser) && !hub.hasGuessed(member))
        #expect(await hub.offer(Sample.slot, by: member, now: now))
        #expect(await !hub.commit(Sample.slot, Sample.hash, by: guesser, now: now))
    }

    @Test func aDeviceHasFivePairingsOpenAtMost() async throws {
        let member = connection()
        let slots = try (0...limits.slotsPerDeviceMax).map { number in
            try #require(Slot([UInt8](repeating: UInt8(number), count: Slot.byteCount)))
        }
        for slot in slots.dropLast() { #expect(await hub.offer(slot, by: member, now: now)) }
        #expect(await !hub.offer(slots[slots.count - 1], by: member, now: now))
        await hub.leave(member)
        #expect(await hub.offer(slots[0], by: connection(), now: now), "who leaves waits for nobody")
    }

    @Test func aStrangerMayNotOffer() async {
        #expect(await !hub.offer(Sample.slot, by: hub.enter().0, now: now))
    }

    // MARK: Several daemons

    /// Two daemons that serve one store: each has a hub, and both have the same announcements.
    @Test func daemonsThatShareAnnouncementsShareChangesAndSlots() async {
        let announcements = LocalAnnouncements()
        let (one, two) = (Hub(limits, announcements), Hub(limits, announcements))
        let (member, stranger) = (one.enter().0, two.enter().0)
        #expect(member != stranger)
        one.admit(member, Sample.device)
        one.join(member, Sample.space)
        two.publish(Sample.space, .moved, by: stranger)
        #expect(one.news(of: member).spaces == [Sample.space: .moved])
        #expect(await one.offer(Sample.slot, by: member, now: now))
        #expect(await two.commit(Sample.slot, Sample.hash, by: stranger, now: now))
        #expect(one.news(of: member).messages == [.commit(Sample.slot, Sample.hash)])
        #expect(await one.reply(Sample.slot, Sample.nonce, by: member))
        #expect(two.news(of: stranger).messages == [.reply(Sample.slot, Sample.nonce)])
        await two.leave(stranger)
        #expect(one.news(of: member).end == .slot)
        two.end(.blocked, Sample.device)
        #expect(one.news(of: member).end == .blocked)
    }

    // MARK: Guessing

    @Test func whoFailsOftenCostsNoMoreEachTime() throws {
        let address = try #require(RemoteAddress(ipAddress: "192.0.2.3"))
        let time = leastThreadTime(of: 3) { for _ in 0..<50_000 { hub.failed(address, now: now) } }
        #expect(time < .seconds(1))
    }

    @Test func anAddressThatFailedTenTimesWaitsAMinute() throws {
        let address = try #require(RemoteAddress(ipAddress: "192.0.2.1"))
        let other = try #require(RemoteAddress(ipAddress: "192.0.2.2"))
        for count in 1...limits.failuresPerAddressMax {
            #expect(hub.mayTry(address, now: now))
            #expect(hub.failed(address, now: now) == (count == limits.failuresPerAddressMax), "told once")
        }
        #expect(!hub.failed(address, now: now))
        #expect(!hub.mayTry(address, now: now))
        #expect(hub.mayTry(other, now: now))
        #expect(hub.mayTry(address, now: now + limits.failurePeriod))
    }
}
