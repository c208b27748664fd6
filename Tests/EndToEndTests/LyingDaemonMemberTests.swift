import Causality
import Foundation
import Membership
import Synchronization
import Testing
import Wire

/// A server that lies about membership or the connection, or says nothing, as a person sees it.
@Suite struct LyingDaemonMemberTests {
    /// It names a row that it never sends; so the devices are never up to date, and no member could be added or
    /// removed.
    private static let phantom: LyingDaemon.Lie = { passing in
        func more(_ clock: Frontier) -> Frontier {
            var more = clock
            more.advance(to: Tip(Dot(ReplicaID(bits: 0xBAD), 5), Hash256.sha256([1])))
            return more
        }
        return switch passing {
        case .down(.opened(let space, let clock, let forked, let missing)):
            [.down(.opened(space, clock: more(clock), forked: forked, missing: missing))]
        case .down(.holding(let space, let clock, let millis)):
            [.down(.holding(space, clock: more(clock), millis: millis))]
        default: nil
        }
    }

    @Test func aStolenDeviceIsNotKeptIn() throws {
        let laptop = try Fixture()
        let liar = try LyingDaemon(laptop)
        try laptop.writes("from the laptop")
        try laptop.connect()
        let (phone, tablet) = (try laptop.joined(by: "phone"), try laptop.joined(by: "tablet"))
        for each in [laptop, phone, tablet] { try each.getsUpToDate() }
        try liar.lying(Self.phantom) {
            try laptop.hears([.withheld(nil, 5)], "\(liar.address) holds back 5 changes of a device.")
            let removed = try laptop.briefly("device", "remove", laptop.id(of: "phone"), "--yes")
            #expect(removed.exit == 0 && removed.out.hasPrefix("Removed phone."), "\(removed.out)\(removed.err)")
        }
        try laptop.writes("with new keys")
        try Fixture.heal(laptop, tablet, with: "from the laptop", "with new keys")
        try phone.refuses(["sync"], exit: 5, "refused")
        #expect(try !phone.export().contains("with new keys"))
        liar.stop()
    }

    @Test func devicesAndRecoveryKeysComeInAllTheSame() throws {
        let laptop = try Fixture()
        let liar = try LyingDaemon(laptop)
        try laptop.writes("from the laptop")
        try laptop.connect()
        let tablet = try liar.lying(Self.phantom) {
            let made = try laptop.briefly("recovery", "new")
            #expect(made.exit == 0, "\(made.err)")
            let pairing = try Pairing(on: laptop)
            let tablet = laptop.at("tablet")
            let joined = try tablet.briefly("join", pairing.string, "--trust", "--name", "tablet")
            #expect(joined.exit == 6, "\(joined.out)\(joined.err)")
            #expect(pairing.wait() == 0)
            return tablet
        }
        try Fixture.heal(laptop, tablet, with: "from the laptop")
        liar.stop()
    }

    /// The removal of a device is hidden from another one, which goes on writing for it.
    @Test func aRemovalThatItHidesIsNamedByWhatOthersWriteAfterIt() throws {
        let laptop = try Fixture()
        let liar = try LyingDaemon(laptop)
        try laptop.connect()
        let (phone, tablet) = (try laptop.joined(by: "phone"), try laptop.joined(by: "tablet"))
        try phone.writes("from the phone")
        for each in [laptop, phone, tablet, laptop] { try each.getsUpToDate() }
        let removed = try phone.btw("device", "remove", phone.id(of: "tablet"), "--yes")
        try #require(removed.exit == 0, "\(removed.err)")
        try phone.writes("for two alone")
        try phone.getsUpToDate()
        let known = try laptop.export()
        try liar.lying(Self.hidingRecords()) {
            try laptop.hears([.withheld("phone", 1)], "\(liar.address) holds back 1 change of phone.")
            #expect(try laptop.export() == known)
            try laptop.writes("meanwhile")
        }
        try Fixture.heal(laptop, phone, with: "for two alone", "meanwhile")
        #expect(try !tablet.export().contains("for two alone"))
        liar.stop()
    }

    /// It claims to have no other records than the device.
    private static func hidingRecords() -> LyingDaemon.Lie {
        let known = Mutex<LogEnd>(.empty)
        return { passing in
            switch passing {
            case .up(.log(_, let end)):
                known.withLock { $0 = end }
                return nil
            case .down(.append): return []
            case .down(.log(let space, _)): return [.down(.log(space, known.withLock { $0 }))]
            default: return nil
            }
        }
    }

    enum Record: CaseIterable { case dropped, swapped, replayed, ghost, cut }

    @Test(arguments: Record.allCases)
    func recordsAreTakenInOrderAndSignedOrNotAtAll(lie: Record) throws {
        let (laptop, liar, phone) = try LyingDaemon.withPhone(writing: "from the laptop")
        for each in [laptop, phone] { try each.getsUpToDate() }
        // Two records that the laptop does not know of.
        let tablet = try phone.joined(by: "tablet")
        try #require(phone.btw("recovery", "new").exit == 0)
        try phone.getsUpToDate()
        let known = (try laptop.export(), try laptop.devices().map(\.id))
        let held = Mutex<Message?>(nil)
        try liar.lying { passing in
            guard case .down(let message) = passing, case .append(let space, let previous, let record) = message
            else { return nil }
            switch lie {
            case .dropped:
                return held.withLock { held in
                    held = held ?? message
                    return held == message ? [] : nil
                }
            case .swapped:
                return held.withLock { held in
                    defer { held = held == nil ? message : nil }
                    return held.map { [.down(message), .down($0)] } ?? []
                }
            case .replayed: return [.down(message), .down(message)]
            case .ghost: return [.down(.append(space, previous: previous, record: Self.withGhost(record)))]
            case .cut: return [.down(.append(space, previous: previous, record: record.dropLast()))]
            }
        } while: {
            let ran = try laptop.briefly("sync")
            // The second of two is refused without the first, and then sent again.
            if lie == .replayed || lie == .swapped {
                #expect(ran.exit == 0, "\(ran.out)\(ran.err)")
            } else {
                #expect(
                    ran.exit == 5 && ran.err.contains("Everything is kept here"), "\(ran.exit) \(ran.out)\(ran.err)")
                #expect(try laptop.devices().map(\.id) == known.1)
            }
            #expect(try laptop.export() == known.0)
        }
        try Fixture.heal(laptop, phone, tablet, with: "from the laptop")
        #expect(try Set(laptop.devices().map(\.id)) == Set(phone.devices().map(\.id)))
        liar.stop()
    }

    /// The same record with another device's signing key.
    private static func withGhost(_ record: [UInt8]) -> [UInt8] {
        let text = String(decoding: record, as: UTF8.self)
        guard let range = text.range(of: "\"sign\":\"") else { return record }
        var key = Array(text[range.upperBound...].prefix(43))
        key[4] = key[4] == "A" ? "B" : "A"
        return Array((text[..<range.upperBound] + String(key) + text[range.upperBound...].dropFirst(43)).utf8)
    }

    enum Log: CaseIterable { case another, longer, shorter, empty }

    @Test(arguments: Log.allCases)
    func anotherLogIsNotFollowed(log: Log) throws {
        let (laptop, liar, phone) = try LyingDaemon.withPhone(writing: "from the laptop")
        for each in [laptop, phone] { try each.getsUpToDate() }
        try laptop.writes("waits")
        let known = (try laptop.export(), try laptop.devices().map(\.id))
        try liar.lying { passing in
            switch passing {
            case .down(.log(let space, let end)):
                let other = Hash256.sha256([1])
                let said: LogEnd? =
                    switch log {
                    case .another: LogEnd(count: end.count, head: other)
                    case .longer: LogEnd(count: end.count + 1, head: other)
                    case .shorter: LogEnd(count: end.count - 1, head: other)
                    case .empty: .empty
                    }
                return [.down(.log(space, said ?? end))]
            case .up(.append): return []
            default: return nil
            }
        } while: {
            let ran = try laptop.briefly("sync")
            #expect(ran.exit == 5 && ran.err.contains("Everything is kept here"), "\(ran.exit) \(ran.out)\(ran.err)")
            #expect(try laptop.export() == known.0 && laptop.devices().map(\.id) == known.1)
        }
        try Fixture.heal(laptop, phone, with: "from the laptop", "waits")
        liar.stop()
    }

    enum Removal: CaseIterable { case nothing, junk, ofAnother }

    @Test(arguments: Removal.allCases)
    func thatThisDeviceWasRemovedTakesItsRecord(record: Removal) throws {
        let (laptop, liar, phone) = try LyingDaemon.withPhone(writing: "from the laptop")
        let removal = Mutex<[UInt8]?>(nil)
        if record == .ofAnother {
            _ = try laptop.joined(by: "tablet")
            liar.lies { passing in
                if case .up(.append(_, _, let bytes)) = passing { removal.withLock { $0 = bytes } }
                return nil
            }
            try #require(laptop.btw("device", "remove", laptop.id(of: "tablet"), "--yes").exit == 0)
            liar.isHonest()
        }
        for each in [laptop, phone, laptop] { try each.getsUpToDate() }
        let known = try laptop.export()
        let another = removal.withLock { $0 }
        let shown = record == .junk ? Array("{}".utf8) : another
        try liar.lying { passing in
            guard case .down(.log(let space, _)) = passing else { return nil }
            return [.down(.error(WireError(.removed, space: space, record: shown)))]
        } while: {
            try laptop.hears(
                [.unproved],
                "\(liar.address) claims something of this journal or device, and shows no proof. Nothing here moved.")
            #expect(try !laptop.does("status").out.contains("was removed"))
            try laptop.writes("written all the same")
        }
        // The same before it says anything else.
        try liar.lying { passing in
            guard case .down(.welcome) = passing else { return nil }
            return [.down(.error(WireError(.removed, record: shown)))]
        } while: {
            try laptop.hears(
                [.unproved],
                "\(liar.address) claims something of this journal or device, and shows no proof. Nothing here moved.")
        }
        #expect(try laptop.export().contains(known.split(separator: "\n").first ?? "?"))
        try Fixture.heal(laptop, phone, with: "from the laptop", "written all the same")
        liar.stop()
    }

    /// Refusals that a server may send at any time are believed, and only reported.
    @Test(arguments: [ErrorCode.logFork, .update, .blocked, .device, .version, .slot])
    func whoIsRefusedKeepsEverything(code: ErrorCode) throws {
        let (laptop, liar, phone) = try LyingDaemon.withPhone(writing: "from the laptop")
        try laptop.getsUpToDate()
        try laptop.writes("waits")
        let known = try laptop.export()
        try liar.lying { passing in
            guard case .down(.log(let space, _)) = passing else { return nil }
            let isOfSpace = [ErrorCode.logFork, .update].contains(code)
            return [.down(.error(WireError(code, space: isOfSpace ? space : nil)))]
        } while: {
            let ran = try laptop.briefly("sync")
            try ran.isRefusal(exit: 5)
            #expect(try laptop.export() == known)
        }
        try Fixture.heal(laptop, phone, with: "from the laptop", "waits")
        liar.stop()
    }

    @Test func anotherVersionOfTheProtocolIsNoWayDown() throws {
        let laptop = try Fixture()
        let liar = try LyingDaemon(laptop)
        try laptop.writes("from the laptop")
        try laptop.connect()
        let later = try #require(VersionRange(2, 3))
        try liar.lying { passing in
            guard case .down(.challenge(_, let nonce)) = passing else { return nil }
            return [.down(.challenge(versions: later, nonce: nonce))]
        } while: {
            let ran = try laptop.briefly("sync")
            try ran.isRefusal(exit: 5)
            #expect(ran.err.contains("of versions that do not understand each other"), "\(ran.err)")
        }
        try Fixture.heal(laptop, with: "from the laptop")
        liar.stop()
    }

    enum Shortness: CaseIterable { case noEdits, noRows, noRecords, noLastRecord, noSpace }

    /// The newcomer compares the data that it gets with the grant of the other device.
    @Test(arguments: Shortness.allCases)
    func aShortFirstAnswerIsSeen(shortness: Shortness) throws {
        let (laptop, liar, phone) = try LyingDaemon.withPhone(writing: "from the laptop")
        try laptop.getsUpToDate()
        let tablet = laptop.at("tablet")
        let pairing = try Pairing(on: laptop)
        // The newcomer is told that there is no record; then nobody else gets any.
        let isNewcomer = Mutex(false)
        let held = Mutex<Message?>(nil)
        let joined = try liar.lying { passing in
            if case .up(.log(_, .empty)) = passing { isNewcomer.withLock { $0 = true } }
            switch (shortness, passing) {
            case (.noEdits, .down(.batch)), (.noRows, .down(.batch)): return []
            case (.noRows, .down(.opened(let space, _, let forked, _))):
                return [.down(.opened(space, clock: Frontier(), forked: forked))]
            case (.noRecords, .up(.log(let space, .empty))): return [.down(.log(space, .empty))]
            case (.noLastRecord, .down(let message)) where isNewcomer.withLock { $0 }:
                return held.withLock { held in
                    if case .append = message {
                        defer { held = message }
                        return held.map { [.down($0)] } ?? []
                    }
                    guard case .log(let space, let end) = message, case .append(_, let previous, _) = held else {
                        return nil
                    }
                    return [.down(.log(space, LogEnd(count: end.count - 1, head: previous) ?? end))]
                }
            case (.noSpace, .up(.log(let space, .empty))): return [.down(.error(WireError(.space, space: space)))]
            default: return nil
            }
        } while: {
            try tablet.briefly("join", pairing.string, "--trust", "--name", "tablet")
        }
        let isHeldBack = shortness == .noEdits || shortness == .noRows
        #expect(joined.exit == (isHeldBack ? 6 : 5), "\(joined.exit) \(joined.out)\(joined.err)")
        #expect(
            joined.err.contains(
                isHeldBack
                    ? "does not hold all that the other device has. What came is kept here."
                    : shortness == .noSpace
                        ? "Everything is kept here" : "does not show the space as the other device left it."),
            "\(joined.err)")
        pairing.end()
        if isHeldBack { try Fixture.heal(laptop, tablet, phone, with: "from the laptop") }
        try Fixture.heal(laptop, phone, with: "from the laptop")
        liar.stop()
    }
}
