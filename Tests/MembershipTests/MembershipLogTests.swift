import CanonicalJSON
import Causality
import Membership
import Testing

@Suite struct MembershipLogTests {
    @Test func aGenesisBeginsALog() throws {
        let founder = try Founder(seed: 1)
        let record = try MembershipRecord(parsing: founder.genesis().bytes)
        let log = try MembershipLog(genesis: record)
        #expect(log.space.bytes == Array(record.bodyHash.bytes.prefix(16)))
        #expect(log.suite == .one)
        #expect(log.batchVersion == 1)
        #expect(log.records == [record])
        #expect(log.head == record.hash)
        #expect(log.epoch == record.bodyHash)
        #expect(log.members.map(\.device) == [founder.identity])
        #expect(log.people == [PersonID(bits: EntryID(high: 1, low: 2))])
        #expect(log.member(founder.identity.id) == log.members.first)
        #expect(log.member(signingKey: founder.identity.signingKey) == log.members.first)
        #expect(log.member(try Founder(seed: 2).identity.id) == nil)
        #expect(log.record(beginning: log.epoch) == record)
        #expect(log.record(beginning: log.head) == nil)
        #expect(log.epoch(at: log.head) == log.epoch)
        #expect(log.epoch(at: log.epoch) == nil)
    }

    @Test func everySpaceHasItsOwnName() throws {
        let founder = try Founder(seed: 1)
        let other = founder.body.with("nonce", .bytes(Array(repeating: 8, count: 16)))
        let bytes = try founder.record(other, wraps: [.object(founder.wrap)]).bytes
        let first = try MembershipLog(parsing: [founder.genesis().bytes])
        let second = try MembershipLog(parsing: [bytes])
        #expect(first.space != second.space)
        #expect(first.epoch != second.epoch)
    }

    @Test func refusesWhatDoesNotExtendIt() throws {
        let founder = try Founder(seed: 1)
        let stranger = try Founder(seed: 2)
        let log = try MembershipLog(parsing: [founder.genesis().bytes])
        let later = founder.later("later", after: log.head)
        let forged = try founder.record(later, wraps: []).with("wraps", [1])
        let impostor = try stranger.record(later, wraps: [])
        let table: [(JSONObject, MembershipError)] = [
            (try founder.genesis(), .secondGenesis), (try stranger.genesis(), .secondGenesis),
            (try founder.record(founder.later("later", after: log.epoch), wraps: []), .wrongPrevious),
            (try stranger.record(stranger.later("later", after: log.head), wraps: []), .unknownAuthor),
            (forged, .badSignature), (impostor, .badSignature),
            (try founder.record(later, wraps: []), .unknownKind("later")),
        ]
        for (record, expected) in table {
            var extended = log
            let found = error { () throws(MembershipError) in
                try extended.append(try MembershipRecord(parsing: record.bytes))
            }
            #expect(found == expected)
            #expect(extended == log)
        }
    }

    @Test func refusesABeginningThatIsNone() throws {
        let founder = try Founder(seed: 1)
        let genesis = try founder.genesis()
        let stranger = try Founder(seed: 2)
        let later = try founder.record(founder.later("later", after: .sha256([])), wraps: [])
        let unsigned = genesis.with("signature", try stranger.genesis()["signature"])
        let table: [([JSONObject], MembershipError)] = [
            ([], .noGenesis), ([later], .noGenesis), ([unsigned], .badSignature), ([genesis, genesis], .secondGenesis),
        ]
        for (records, expected) in table {
            let found = error { () throws(MembershipError) in _ = try MembershipLog(parsing: records.map(\.bytes)) }
            #expect(found == expected)
        }
    }

    @Test func onlyWhatIsNewerAsksForAnUpdate() {
        let errors: [MembershipError] = [
            .tooLong, .malformed, .notCanonical, .noGenesis, .secondGenesis, .wrongPrevious, .unknownAuthor,
            .badSignature, .unknownKind("later"), .unknownSuite(2), .noRight, .wrongRole, .deviceAgain, .notThere,
            .noOwnerLeft, .unusableKey, .wrongWraps, .tooManyDevices, .tooManyPeople, .spaceFull,
        ]
        #expect(errors.filter(\.needsUpdate) == [.unknownKind("later"), .unknownSuite(2)])
        #expect(Set(errors.map(\.description)).count == errors.count)
    }
}
