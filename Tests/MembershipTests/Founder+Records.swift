import Causality
import Membership

/// Records made by plain functions, like a simulator's, with wraps of keys that nobody has.
extension Founder {
    static let wrapBytes = [UInt8](repeating: 9, count: Suite.one.wrapByteCount)
    static let beforeBytes = [UInt8](repeating: 8, count: Suite.one.beforeByteCount)

    func sign(_ statement: SignedStatement) -> [UInt8] { (try? signature(of: statement)) ?? [] }

    func log() throws -> MembershipLog { try MembershipLog(parsing: [genesis().bytes]) }

    func member(of person: PersonID, _ role: Role = .member, isRecovery: Bool = false) -> MembershipLog.Member {
        MembershipLog.Member(person: person, role: role, device: identity, isRecovery: isRecovery)
    }

    func add(_ member: MembershipLog.Member, to log: MembershipLog) -> MembershipRecord {
        MembershipRecord.add(member, to: log, by: identity.id, wrapping: { _, _ in Self.wrapBytes }, signing: sign)
    }

    func remove(_ devices: [Founder], from log: MembershipLog, cut: Frontier = Frontier()) -> MembershipRecord {
        MembershipRecord.remove(
            devices.map(\.identity.id), from: log, cut: cut, before: Self.beforeBytes, by: identity.id,
            wrapping: { _, _ in Self.wrapBytes }, signing: sign)
    }

    func leave(_ devices: [Founder], of log: MembershipLog) -> MembershipRecord {
        MembershipRecord.leave(devices.map(\.identity.id), of: log, by: identity.id, signing: sign)
    }

    func raise(_ ends: Frontier, in log: MembershipLog) -> MembershipRecord {
        MembershipRecord.raise(ends, in: log, by: identity.id, signing: sign)
    }

    func rotate(_ log: MembershipLog, cut: Frontier = Frontier()) -> MembershipRecord {
        MembershipRecord.rotate(
            log, cut: cut, before: Self.beforeBytes, by: identity.id, wrapping: { _, _ in Self.wrapBytes },
            signing: sign)
    }
}

extension PersonID {
    /// The founding person of these tests.
    static let founder = PersonID(bits: EntryID(high: 1, low: 2))

    static func numbered(_ number: Int) -> PersonID { PersonID(bits: EntryID(high: 7, low: UInt64(number))) }
}

extension MembershipLog {
    /// The error with which an untrusted record is refused; `nil` if it is appended.
    mutating func refusal(of record: MembershipRecord) -> MembershipError? {
        do {
            let before = self
            do { try append(try MembershipRecord(parsing: record.bytes)) } catch {
                return self == before ? error : .malformed
            }
        }
        return nil
    }

    /// This log with these records appended, each made at the head.
    func extended(by records: ((MembershipLog) -> MembershipRecord)...) throws(MembershipError) -> MembershipLog {
        var log = self
        for record in records { try log.append(record(log)) }
        return log
    }
}

extension Frontier {
    init(_ ends: Tip...) {
        self.init()
        for end in ends { advance(to: end) }
    }
}
