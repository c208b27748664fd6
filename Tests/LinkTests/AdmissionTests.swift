import Link
import Testing

@Suite struct AdmissionTests {
    static let here = RemoteAddress(ipAddress: "192.0.2.1")
    static let there = RemoteAddress(ipAddress: "192.0.2.2")

    static func limits(
        connections: Int = 10_000, perAddress: Int = 100, unauthenticated: Int = 1_000, handshakes: Int = 200
    ) -> LinkLimits {
        var limits = LinkLimits()
        limits.connectionsMax = connections
        limits.connectionsPerAddressMax = perAddress
        limits.unauthenticatedMax = unauthenticated
        limits.handshakesMax = handshakes
        return limits
    }

    @Test func limitsCanOnlyBeLowered() {
        var limits = LinkLimits()
        limits.connectionsMax = 1_000_000
        limits.stallTime = .seconds(3_600)
        #expect(limits == LinkLimits())
        limits.connectionsMax = 7
        #expect(limits.connectionsMax == 7)
    }

    @Test func oneAddressTakesNoMoreThanItsShare() {
        var admission = Admission(limits: Self.limits(perAddress: 2))
        let answer1 = admission.arrived(from: Self.here)
        #expect(answer1 == .admitted(0, dropping: []))
        let answer2 = admission.arrived(from: Self.here)
        #expect(answer2 == .admitted(1, dropping: []))
        let answer3 = admission.arrived(from: Self.here)
        #expect(answer3 == .refused(2, dropping: []))
        let answer4 = admission.arrived(from: Self.there)
        #expect(answer4 == .admitted(3, dropping: []))
        admission.left(2)
        let answer5 = admission.arrived(from: Self.here)
        #expect(answer5 == .refused(4, dropping: []), "a refused one never had a place")
        admission.left(0)
        let answer6 = admission.arrived(from: Self.here)
        #expect(answer6 == .admitted(5, dropping: []))
    }

    @Test func theNetworkOfAnIPv6AddressIsOneAddress() throws {
        let one = try #require(RemoteAddress(ipAddress: "2001:db8:1:2::1"))
        #expect(one == RemoteAddress(ipAddress: "2001:db8:1:2:ffff::9"))
        #expect(one != RemoteAddress(ipAddress: "2001:db8:1:3::1"))
        #expect(RemoteAddress(ipAddress: "::ffff:192.0.2.1") == Self.here)
        #expect(RemoteAddress(ipAddress: "::1") != RemoteAddress(ipAddress: "0.0.0.1"))
        #expect(RemoteAddress(ipAddress: "nowhere") == nil)
    }

    @Test func noMoreComeInThanThereIsRoomFor() {
        var admission = Admission(limits: Self.limits(connections: 2))
        _ = admission.arrived(from: Self.here)
        _ = admission.arrived(from: Self.there)
        let answer1 = admission.arrived(from: nil)
        #expect(answer1 == .refused(2, dropping: []))
    }

    @Test func theOldestHandshakeMakesWay() {
        var admission = Admission(limits: Self.limits(handshakes: 2))
        _ = admission.arrived(from: Self.here)
        _ = admission.arrived(from: Self.here)
        let answer1 = admission.secured(0)
        #expect(answer1 == [])
        let answer2 = admission.arrived(from: Self.here)
        #expect(answer2 == .admitted(2, dropping: []))
        let answer3 = admission.arrived(from: Self.here)
        #expect(answer3 == .admitted(3, dropping: [1]))
        #expect(admission.unsecured == [2, 3])
        let answer4 = admission.secured(1)
        #expect(answer4 == [], "who was dropped is not counted again")
    }

    @Test func aRefusalIsNotWorthAHandshakeThatOthersNeed() {
        var admission = Admission(limits: Self.limits(perAddress: 2, handshakes: 4))
        _ = admission.arrived(from: Self.here)
        _ = admission.arrived(from: Self.here)
        let answer1 = admission.arrived(from: Self.here)
        #expect(answer1 == .turnedAway)
        let answer2 = admission.arrived(from: Self.there)
        #expect(answer2 == .admitted(2, dropping: []))
    }

    @Test func theOldestUnknownDeviceMakesWay() {
        var admission = Admission(limits: Self.limits(unauthenticated: 2))
        for id in 0..<4 {
            let answer1 = admission.arrived(from: Self.here)
            #expect(answer1 == .admitted(id, dropping: []))
        }
        let answer2 = admission.secured(0)
        #expect(answer2 == [])
        let answer3 = admission.secured(1)
        #expect(answer3 == [])
        admission.authenticated(0)
        let answer4 = admission.secured(2)
        #expect(answer4 == [])
        let answer5 = admission.secured(3)
        #expect(answer5 == [1])
        #expect(admission.count == 3)
    }

    @Test func itHoldsNothingOfThoseWhoLeft() {
        var admission = Admission(limits: Self.limits(perAddress: 1))
        for id in 0..<1_000 {
            let answer1 = admission.arrived(from: Self.here)
            #expect(answer1 == .admitted(id, dropping: []))
            if id.isMultiple(of: 2) { _ = admission.secured(id) }
            if id.isMultiple(of: 4) { admission.authenticated(id) }
            admission.left(id)
            admission.left(id)
        }
        #expect(admission.count == 0)
    }
}
