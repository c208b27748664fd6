import CanonicalJSON
import Causality
import Membership
import Testing

/// A log that was verified once and stored.
@Suite struct KeptLogTests {
    /// Every kind of record, with all of its optional parts.
    private func log() throws -> MembershipLog {
        let founder = try Founder(seed: 1)
        let crew = try (2...4).map { try Founder(seed: $0) }
        let ends = Frontier(
            Tip(Dot(ReplicaID(bits: 3), 5), .sha256([3])),
            Tip(Dot(ReplicaID(bits: .max), Dot.nMax), .sha256([4])))
        let binding = RecoveryBinding(clock: ends, code: [UInt8](repeating: 6, count: RecoveryBinding.codeByteCount))
        let key = MembershipLog.Member(
            person: .founder, role: .owner, device: try Founder(seed: 5).identity, isRecovery: true, binding: binding)
        return try founder.log().extended(
            by: { founder.add(crew[0].member(of: .founder, .owner), to: $0) },
            { founder.add(crew[1].member(of: .numbered(1)), to: $0) },
            { crew[0].add(crew[2].member(of: .founder, .owner, isRecovery: true), to: $0) },
            { founder.add(key, to: $0) }, { founder.rotate($0, cut: ends) }, { crew[1].leave([crew[1]], of: $0) },
            { founder.rotate($0) }, { founder.remove([crew[0], crew[2]], from: $0, cut: ends) },
            { founder.raise(ends, in: $0) })
    }

    @Test func isReadAsItWasVerified() throws {
        let made = try log()
        // Sent to another device, and verified and stored there.
        let read = try MembershipLog(parsing: made.records.map(\.bytes))
        #expect(read.verifiedCount == 10)
        let kept = try MembershipLog(keeping: read.kept())
        #expect(kept.records == made.records, "content, wraps, cuts and all")
        #expect(kept.verifiedCount == 0)
        #expect(kept.kept() == made.kept())
        #expect((kept.members, kept.epochs.map(\.cut)) == (made.members, made.epochs.map(\.cut)))
        #expect(kept.space == made.space && kept.head == made.head && kept.isEpochOwed == made.isEpochOwed)
        for position in made.records.indices {
            let prefix = try #require(kept.prefix(through: position))
            #expect(try prefix == MembershipLog(parsing: made.records[...position].map(\.bytes)))
        }
        #expect(kept.prefix(through: 10) == nil && kept.prefix(through: -1) == nil)
    }

    /// The form is read: whether the bytes changed meanwhile is only seen when they are verified again.
    @Test func whatWasVerifiedIsNotVerifiedAgain() throws {
        let made = try log()
        let spoilt = made.kept().map { MembershipLog.Kept($0.bytes.dropLast(2) + [0x41, 0x7D], form: $0.form) }
        let kept = try MembershipLog(keeping: spoilt)
        #expect(kept.head == made.head && kept.verifiedCount == 0)
        #expect(throws: MembershipError.self) { try MembershipLog(parsing: spoilt.map(\.bytes)) }
    }

    @Test func whatHasNoFormIsVerified() throws {
        let made = try log()
        for missing in made.records.indices {
            var records = made.kept()
            records[missing] = .init(records[missing].bytes, form: nil)
            let kept = try MembershipLog(keeping: records)
            #expect(kept == made && kept.verifiedCount == 1)
            records[missing] = .init(records[missing].bytes.dropLast(), form: nil)
            #expect(throws: MembershipError.self) { try MembershipLog(keeping: records) }
        }
        let none = try MembershipLog(keeping: made.records.map { .init($0.bytes, form: nil) })
        #expect(none == made && none.verifiedCount == 10)
        #expect(throws: MembershipError.noGenesis) { try MembershipLog(keeping: []) }
    }

    /// A damaged form, or one of another version, is ignored as a whole.
    @Test func aDamagedFormIsNone() throws {
        let made = try log()
        for record in made.records {
            let form = record.keptForm
            var spoilt = (0..<form.count).map { index in
                var form = form
                form[index] ^= 1 << (index % 8)
                return form
            }
            spoilt += [[], Array(form.dropLast()), form + [0], Array(form.prefix(Hash256.byteCount))]
            // The checksum is valid, and the version another.
            var later = Array(form.dropFirst(Hash256.byteCount))
            later[7] += 1
            spoilt.append(Hash256.sha256(later).bytes + later)
            // The checksum is valid, and the form ends too early or too late.
            for body in [form.dropFirst(Hash256.byteCount).dropLast(8), form.dropFirst(Hash256.byteCount) + [0]] {
                spoilt.append(Hash256.sha256(Array(body)).bytes + body)
            }
            let position = try #require(made.position(of: record.hash))
            for form in spoilt {
                var records = made.kept()
                records[position] = .init(record.bytes, form: form)
                let kept = try MembershipLog(keeping: records)
                #expect(kept == made && kept.verifiedCount == 1)
            }
        }
    }

    @Test func aFormOfAnotherPlaceIsNone() throws {
        let made = try log()
        var records = made.kept()
        records[1] = .init(records[1].bytes, form: records[2].form)
        records[0] = .init(records[0].bytes, form: records[2].form)
        let kept = try MembershipLog(keeping: records)
        #expect(kept == made && kept.verifiedCount == 2)
    }

    /// Appending a record reads none of those before.
    @Test func takesWhatFollowsAlone() throws {
        let made = try log()
        var log = try MembershipLog(keeping: made.kept().prefix(4))
        for record in made.kept().dropFirst(4) { try log.append(record) }
        #expect(log == made && log.verifiedCount == 0)
        var half = try MembershipLog(keeping: made.kept().prefix(4))
        for record in made.records.dropFirst(4) { try half.append(record) }
        #expect(half == made && half.verifiedCount == 6)
        var wrong = try MembershipLog(keeping: made.kept().prefix(4))
        #expect(throws: MembershipError.wrongPrevious) { try wrong.append(made.kept()[5]) }
        #expect(throws: MembershipError.secondGenesis) { try wrong.append(made.kept()[0]) }
    }
}
