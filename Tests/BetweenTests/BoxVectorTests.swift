import CanonicalJSON
import Causality
import Foundation
import Membership
import Records
import ReplicaStore
import Sealing
import TestSupport
import Testing

/// `Protocol/vectors/boxes`: boxes that another implementation sealed, with the keys of the worked example.
@Suite struct BoxVectorTests {
    private static let cases = ProtocolVectors.cases("boxes/cases.jsonl")

    @Test func thereAreSomeOfBoth() {
        #expect(Self.cases.count { $0["opens"] == true } >= 9)
        #expect(Self.cases.count { $0["opens"] == false } >= 25)
    }

    @Test(arguments: cases.indices)
    func theyOpenAsElsewhere(_ index: Int) throws {
        let vector = Self.cases[index]
        let name = vector["name"]?.asText ?? ""
        let content = try Self.content(of: vector)
        #expect((content != nil) == (vector["opens"] == true), "\(name)")
        #expect(content.map { String(decoding: $0.bytes, as: UTF8.self) } == vector["content"]?.asText, "\(name)")
    }

    /// Reads a box as a replica does: opens and decodes it, and compares the tokens.
    private static func content(of vector: JSONValue) throws -> EditContent? {
        let epoch = try #require(
            Base64URL.bytes("K8mfBh5jSSUiGf7gpmeduuw1LZ1cu08CdPskRBDaZgI").flatMap { Hash256($0) })
        let space = try #require(SpaceID(Array(epoch.bytes.prefix(16))))
        let keys = try #require(
            SpaceKeys(suite: .one, space: space, epoch: epoch, secret: Array(0x40..<0x80)))
        let box = try #require(vector["box"]?.asText.flatMap(Base64URL.bytes))
        let header = EditHeader(
            entry: try #require(vector["entry"]?.asText.flatMap { EntryID($0) }),
            tokens: try #require(vector["fields"]?.asArray).map { token in
                FieldToken(bits: try #require(token.asText.flatMap { UInt64($0, radix: 16) }))
            }, group: try #require(vector["group"]?.asInteger),
            unread: try (vector["unread"]?.asArray ?? []).map { try #require(Dot(vector: $0)) }, boxHash: .sha256(box))
        let keyring = Keyring(
            token: { keys.token(of: $0.description, in: $1) }, seal: { content, _, _ in content },
            open: { box, header, dot, _ in try keys.open(box, of: header, at: dot) }, sign: { _ in [] },
            newOrigin: { preconditionFailure("nothing is written") }, hash: Hash256.sha256, deviceKey: [], head: epoch,
            epoch: epoch)
        return keyring.content(
            of: Edit(header, box: box), at: try #require(vector["dot"].flatMap(Dot.init(vector:))), epoch: epoch)
    }
}
