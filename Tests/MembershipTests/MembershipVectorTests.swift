import CanonicalJSON
import Causality
import Foundation
import Membership
import TestSupport
import Testing

/// `Protocol/vectors/membership`: logs of another implementation, and the verdicts on batches.
@Suite struct MembershipVectorTests {
    private static let cases = ProtocolVectors.cases("membership/cases.jsonl")

    @Test func everyKindIsAmongThem() {
        #expect(Self.cases.count >= 40)
        for kind in ["genesis", "add", "remove", "rotate", "leave", "raise"] {
            let spelling = #"\"kind\":\"\#(kind)\""#
            #expect(Self.cases.contains { $0["code"] == nil && $0.canonicalText.contains(spelling) }, "\(kind)")
        }
        let statuses = Self.cases.flatMap { $0["batches"]?.asArray ?? [] }.compactMap { $0["status"]?.asText }
        #expect(Set(statuses) == ["good", "late", "signature", "log"])
    }

    @Test(arguments: cases.indices)
    func theLogGoesAsFar(_ index: Int) throws {
        let vector = Self.cases[index]
        let name = vector["name"]?.asText ?? ""
        var log: MembershipLog?
        var taken = 0
        var code: String?
        do throws(MembershipError) {
            for record in vector["log"]?.asArray ?? [] {
                let record = try MembershipRecord(parsing: Array((record.asText ?? "").utf8))
                if log == nil { log = try MembershipLog(genesis: record) } else { try log?.append(record) }
                taken += 1
            }
        } catch {
            code = error == .wrongPrevious ? "head" : error.needsUpdate ? "update" : "record"
        }
        #expect(taken == vector["taken"]?.asInteger, "\(name)")
        #expect(code == vector["code"]?.asText, "\(name)")
        guard let log else {
            #expect(vector["head"] == nil, "\(name)")
            return
        }
        #expect(Base64URL.text(log.head.bytes) == vector["head"]?.asText, "\(name)")
        #expect(Base64URL.text(log.epoch.bytes) == vector["epoch"]?.asText, "\(name)")
        #expect(log.space.description == vector["space"]?.asText, "\(name)")
        let members = log.members.map { "\($0.device.id) \($0.person) \($0.role.rawValue)" }
        let said = try #require(vector["members"]?.asArray).map { member in
            try ["device", "person", "role"].map { try #require(member[Text($0)]?.asText) }.joined(separator: " ")
        }
        #expect(members.sorted() == said.sorted(), "\(name)")
        for batch in vector["batches"]?.asArray ?? [] {
            #expect(
                try Self.status(of: batch, in: log) == batch["status"]?.asText, "\(name): \(batch.canonicalText)")
        }
    }

    private static func status(of batch: JSONValue, in log: MembershipLog) throws -> String {
        func hash(_ value: JSONValue?) throws -> Hash256 {
            try #require(value?.asText.flatMap(Base64URL.bytes).flatMap { Hash256($0) })
        }
        let row = try #require(batch["end"]?.asArray)
        let dot = Dot(try #require(row[0].asText.flatMap { ReplicaID($0) }), try #require(row[1].asInteger))
        let header = BatchHeader(
            replica: dot.replica, first: dot.n, count: 1, previous: .sha256([]), seen: [],
            head: try hash(batch["head"]),
            epoch: try hash(batch["epoch"]), origin: nil)
        let found = log.status(
            of: header, end: Tip(dot, try hash(row[2])),
            signingKey: try #require(batch["key"]?.asText.flatMap(Base64URL.bytes)),
            previousHead: try batch["previous_head"].map(hash))
        return switch found {
        case .good: "good"
        case .unknownHead: "log"
        case .headWentBack, .wrongEpoch, .notMember: "signature"
        case .late: "late"
        }
    }
}
