import Causality
import Membership
import Sealing
import SyncServer
import TestSupport
import Wire

/// An edit of a ``StoreAuthor``.
enum StoreEdit {
    case set(_ entry: Int, _ fields: [UInt64], box: [UInt8]? = nil)
    case forget(_ entry: Int)
    /// The first edit of an entry whose id was drawn before.
    case begin(EntryName)
    /// A forget that shows a proof.
    case show(EntryID, EntryProof?)

    func edit(at n: Int, group: Int) -> Edit {
        switch self {
        case .set(let entry, let fields, let box):
            let box = box ?? Array("box of \(entry) at \(n) in \(fields)".utf8)
            let tokens = fields.sorted().map { FieldToken(bits: $0) }
            return Edit(
                EditHeader(entry: .number(entry), tokens: tokens, group: group, boxHash: .sha256(box)), box: box)
        case .begin(let name):
            let box = Array("box of \(name.id) at \(n)".utf8)
            return Edit(
                EditHeader(entry: name.id, tokens: [FieldToken(bits: 1)], group: group, boxHash: .sha256(box)),
                box: box)
        case .forget(let entry): return StoreEdit.show(.number(entry), nil).edit(at: n, group: group)
        case .show(let entry, let proof):
            return Edit(
                EditHeader(entry: entry, tokens: [], isForget: true, proof: proof, group: group, boxHash: nil),
                box: nil)
        }
    }
}

extension EntryID {
    static func number(_ number: Int) -> EntryID { EntryID(high: UInt64(number) &* 0x9E37_79B9_7F4A_7C15, low: 1) }
}

/// A device as a server sees it: real keys and signatures, and a feed in one space.
final class StoreAuthor {
    let keys: DeviceKeys
    var log: MembershipLog
    private(set) var origin: ReplicaOrigin
    private(set) var edits: EditLog
    var generator: SeededGenerator

    init(seed: Int, of log: MembershipLog? = nil) throws {
        generator = SeededGenerator(seed: seed)
        keys = DeviceKeys.random(using: &generator)
        if let log {
            self.log = log
        } else {
            let founding = try SpaceKeys.found(by: .random(using: &generator), device: keys, using: &generator)
            self.log = try MembershipLog(genesis: founding.record)
        }
        edits = EditLog(space: self.log.space.bytes, Hash256.sha256)
        origin = try Self.origin(keys, &generator)
    }

    var id: DeviceID { keys.identity.id }
    var space: SpaceID { log.space }
    var replica: ReplicaID { origin.replica(Hash256.sha256) }

    private static func origin(_ keys: DeviceKeys, _ generator: inout SeededGenerator) throws -> ReplicaOrigin {
        let nonce = (0..<16).map { _ in UInt8.random(in: 0...255, using: &generator) }
        guard let origin = ReplicaOrigin(deviceKey: keys.identity.signingKey, nonce: nonce) else {
            throw StoreRequirement()
        }
        return origin
    }

    /// Continues in another feed.
    func beginFeed() throws { origin = try Self.origin(keys, &generator) }

    /// One of the names that this author draws.
    func name(_ number: UInt8) throws -> EntryName {
        guard let proof = EntryProof([UInt8](repeating: number, count: EntryProof.byteCount)),
            let person = log.member(id)?.person
        else { throw StoreRequirement() }
        return EntryName(proof, of: person, in: space, Hash256.sha256)
    }

    // MARK: Batches

    func write(_ specs: StoreEdit...) throws -> Batch { try write(specs) }

    func write(_ specs: [StoreEdit]) throws -> Batch {
        let batch = next(specs)
        try edits.take(batch)
        return batch
    }

    /// The next batch, optionally with another head, epoch or signer than an honest one.
    func next(
        _ specs: [StoreEdit], head: Hash256? = nil, epoch: Hash256? = nil, signer: DeviceKeys? = nil
    ) -> Batch {
        let feed = edits.feed(replica)
        let first = feed.end.dot.n + 1
        let seen = edits.frontier.ends.filter {
            $0.dot.replica != replica && $0.dot.n > feed.seen[$0.dot.replica]?.dot.n ?? 0
        }
        let header = BatchHeader(
            replica: replica, first: first, count: specs.count, previous: feed.end.hash, seen: seen,
            head: head ?? log.head, epoch: epoch ?? log.epoch, origin: first == 1 ? origin : nil)
        let edits = specs.enumerated().map { $1.edit(at: first + $0, group: first) }
        return signed(header, edits, by: signer ?? keys)
    }

    func signed(_ header: BatchHeader, _ edits: [Edit], by signer: DeviceKeys) -> Batch {
        let hash = header.feedHash(of: edits.map(\.header), Hash256.sha256)
        return Batch(header, signature: signer.signature(ofBatch: hash), edits: edits)
    }

    func take(_ batches: [Batch]) throws { for batch in batches { try edits.take(batch) } }

    /// Returns to edits without those that a server never saw.
    func restore(_ edits: EditLog) { self.edits = edits }

    /// Takes later records of the log, and removes from the feed what they cut off.
    func follow(_ log: MembershipLog) {
        self.log = log
        let held = edits.batches.map { batch in
            HeldBatch(
                outline: edits.outline(of: batch), epoch: batch.header.epoch, end: batch.tip(Hash256.sha256),
                signingKey: edits.deviceKey(of: batch.header.replica))
        }
        _ = edits.remove(log.lateSuffixes(in: held))
    }

    // MARK: Records

    func adding(_ other: DeviceIdentity, role: Role = .owner) throws -> MembershipRecord {
        let person = log.member(id)?.person ?? .random(using: &generator)
        return try log.adding(
            device: other, person: role == .owner ? person : .random(using: &generator), role: role, by: keys)
    }

    func rotating(cut: Frontier) throws -> MembershipRecord {
        try log.rotating(cut: cut, by: keys, using: &generator)
    }

    func raising(_ ends: Frontier) -> MembershipRecord { log.raising(ends, by: keys) }

    func removing(_ device: DeviceID, cut: Frontier) throws -> MembershipRecord {
        try log.removing([device], cut: cut, by: keys, using: &generator)
    }

    // MARK: Authentication

    func proof(invitation: [UInt8]? = nil, signer: DeviceKeys? = nil) throws -> ServerQuestion {
        let transcript = try StoreAuthor.transcript()
        return .identify(try authentication(transcript, invitation: invitation, signer: signer), transcript)
    }

    func authentication(
        _ transcript: Transcript, invitation: [UInt8]? = nil, signer: DeviceKeys? = nil
    ) throws -> Authentication {
        let signature = (signer ?? keys).signature(
            of: .authentication(
                version: transcript.version, clientNonce: transcript.client.bytes,
                serverNonce: transcript.server.bytes, device: id, serverKeyHash: transcript.keyHash))
        guard
            let proof = Authentication(
                signingKey: keys.identity.signingKey, agreementKey: keys.identity.agreementKey, signature: signature,
                invitation: invitation)
        else { throw StoreRequirement() }
        return proof
    }

    static func transcript() throws -> Transcript {
        guard let client = Nonce([UInt8](repeating: 1, count: 32)), let server = Nonce([UInt8](repeating: 2, count: 32))
        else { throw StoreRequirement() }
        return Transcript(version: 1, client: client, server: server, keyHash: [UInt8](repeating: 3, count: 32))
    }
}

/// A requirement of a test is not met.
struct StoreRequirement: Error {}

extension MembershipRecord {
    /// The form in which it is sent.
    var brought: LinkedRecord { LinkedRecord(previous: previous, bytes: bytes) }
}

extension MembershipLog {
    func with(_ record: MembershipRecord) throws -> MembershipLog {
        var log = self
        try log.append(record)
        return log
    }
}
