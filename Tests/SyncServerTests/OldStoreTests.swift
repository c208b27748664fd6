import Causality
import Foundation
import GRDB
import Membership
import SQLiteFile
import Sealing
import SyncServer
import SyncServerSQLite
import TestSupport
import Testing
import Wire

/// A store of an older version opens, and its rows are handled like new ones.
@Suite struct OldStoreTests {
    let clock = StoreClock()
    let folder: TemporaryFolder
    let author: StoreAuthor

    init() throws {
        folder = try TemporaryFolder()
        author = try StoreAuthor(seed: 1)
    }

    /// A store from before quotas: a space with a quarantined batch.
    private func make(_ quarantined: Batch) throws {
        let old = DatabaseFile.Schema(
            applicationID: ServerSchema.applicationID, migrations: ServerSchema.steps.prefix(2).map { .init(sql: $0) })
        let file = try DatabaseFile.open(
            folder.path + "/db", lockFile: folder.path + "/lock", schema: old, createIfMissing: true)
        let identity = author.keys.identity
        try file.write { database in
            try database.run(
                "INSERT INTO device (id, signing_key, agreement_key) VALUES (?, ?, ?)", .blob(author.id.bytes),
                .blob(identity.signingKey), .blob(identity.agreementKey))
            try database.run("INSERT INTO space (id) VALUES (?)", .blob(author.space.bytes))
            for (index, record) in author.log.records.enumerated() {
                try database.run("INSERT INTO record VALUES (1, ?, ?)", .integer(Int64(index)), .blob(record.bytes))
            }
            try database.run("INSERT INTO member VALUES (?, 1, 1)", .blob(author.id.bytes))
            try database.run(
                "INSERT INTO aside (space, hash, reason, at, bytes) VALUES (1, ?, 'late', 0, ?)",
                .blob(quarantined.tip(Hash256.sha256).hash.bytes),
                .blob(MessageWriter.bytes(of: .batch(author.space, quarantined))))
        }
        try file.close()
    }

    private func open(_ limits: StoreLimits = StoreLimits()) throws -> OpenStore {
        try OpenStore(folder, createIfMissing: false, limits: limits, clock: clock)
    }

    @Test func whatWasQuarantinedBeforeCountsAndIsForgotten() async throws {
        let phrase = "sealed bytes that were quarantined"
        let quarantined = author.next([.set(1, [1], box: Array(phrase.utf8)), .set(2, [1])])
        try make(quarantined)
        try author.beginFeed()
        let store = try open()
        let status = try await store.authority.status()
        let records = author.log.records.reduce(0) { $0 + $1.bytes.count }
        let length = MessageWriter.length(of: .batch(author.space, quarantined))
        #expect(status.spaces.map(\.keptByteCount) == [records + length])
        #expect(status.enrolled == [author.id])
        let encoded = base64URL(phrase)
        #expect(try folder.files(holding: encoded) != [])
        let forget = try author.write(.forget(1))
        #expect(try await store.authority.answer(.take(author.space, forget), to: author.id) == .took(forget))
        #expect(try await store.authority.scrub())
        #expect(try folder.files(holding: encoded) == [])
        #expect(try await store.engine.file.check().isSound)
        try await store.authority.close()
    }

    @Test func itsSpacesCountForWhoEnrolled() async throws {
        try make(author.next([.set(1, [1])]))
        var limits = StoreLimits()
        limits.spacesPerPersonMax = 1
        let store = try open(limits)
        let founding = try SpaceKeys.found(
            by: .random(using: &author.generator), device: author.keys, using: &author.generator)
        let space = try MembershipLog(genesis: founding.record).space
        let answer = try await store.authority.answer(.append(space, founding.record.brought, cut: nil), to: author.id)
        #expect(answer == .refused(.full))
        try await store.authority.close()
    }
}

/// As in a quarantined batch: without the last character, which may depend on the following bytes.
private func base64URL(_ text: String) -> String {
    let letters = Data(text.utf8).base64EncodedString().replacing("=", with: "")
        .replacing("+", with: "-").replacing("/", with: "_")
    return String(letters.dropLast())
}
