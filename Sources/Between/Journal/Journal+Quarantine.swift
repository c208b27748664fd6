public import CanonicalJSON
public import Causality
import Membership
public import Records
import ReplicaStore
import Wire

/// An edit in quarantine: it could not keep its dot, or its author lacked the right.
public struct QuarantinedEdit: Hashable, Sendable {
    /// Its id in this device's quarantine: `BATCH.N`. Other devices do not know it.
    public struct ID: Hashable, Comparable, Sendable, LosslessStringConvertible {
        let batch: Int64
        let n: Int

        init(batch: Int64, n: Int) {
            self.batch = batch
            self.n = n
        }

        public init?(_ text: String) {
            let parts = text.split(separator: ".", omittingEmptySubsequences: false)
            guard parts.count == 2, let batch = Int64(parts[0]), let n = Int(parts[1]), batch > 0, n > 0 else {
                return nil
            }
            self.init(batch: batch, n: n)
        }

        public static func < (left: ID, right: ID) -> Bool { (left.batch, left.n) < (right.batch, right.n) }

        public var description: String { "\(batch).\(n)" }
    }

    public let id: ID
    /// Its original dot, which may name another edit here.
    public let dot: Dot
    public let entry: EntryID
    /// The reason: an error code of the protocol, or `refused` if a server refused it.
    public let reason: String
    /// When it was quarantined.
    public let quarantinedAt: Timestamp
    /// When it was written, by its device's clock; `nil` if it cannot be opened.
    public let writtenAt: Timestamp?
    /// The person who signed it; `nil` if no device with that key was ever a member.
    public let author: PersonID?
    public let device: DeviceID?
    /// The name of that device.
    public let deviceName: String?
    /// Whether it forgets its entry, and so has no fields.
    public let isForget: Bool
    /// The fields that it sets; `null` clears one. `nil` if it cannot be opened here, or only its header is here.
    public let fields: [FieldName: JSONValue]?

    /// Whether it can be taken out of quarantine: see ``Journal/adopt(_:)``.
    public var canBeAdopted: Bool { fields != nil }
}

// MARK: - Quarantine

extension Journal {
    /// The edits in quarantine, in the order of their arrival there, without those of forgotten entries.
    public func quarantined() async throws -> [QuarantinedEdit] {
        let access = try access.get()
        return try await read { reader in
            guard let space = try reader.space(named: Self.privateSpace) else { return [] }
            let signers = try access.membership(reader, in: space).log.everySigner
            var names: [DeviceID: String] = [:]
            return try QuarantinedBatch.all(reader, access, in: space).flatMap { batch in
                let signer = batch.device.flatMap { signers[$0] }
                if let signer, names[signer.device.id] == nil {
                    names[signer.device.id] = try Device.name(of: signer, reader, access)
                }
                return batch.edits.map { edit in
                    QuarantinedEdit(
                        id: edit.id, dot: edit.dot, entry: edit.header.entry, reason: batch.reason,
                        quarantinedAt: batch.at, writtenAt: edit.content?.at, author: signer?.person,
                        device: signer?.device.id, deviceName: signer.flatMap { names[$0.device.id] },
                        isForget: edit.header.isForget, fields: edit.content?.fields)
                }
            }
        }
    }

    /// Takes an edit out of quarantine: it is rewritten as an edit of this person.
    ///
    /// - Returns: the new state of its entry.
    /// - Throws: ``JournalError``: `notFound`; `forgotten` if its entry was; `badValue` if it cannot be opened here.
    @discardableResult
    public func adopt(_ id: QuarantinedEdit.ID) async throws -> Entry {
        let entries = try await writeEntries { transaction in
            let edit = try transaction.quarantined(id)
            guard let content = edit.content else { throw JournalError.notAdoptable(id) }
            guard try transaction.store.reader.presence(of: edit.header.entry) != .forgotten else {
                throw JournalError.forgotten(edit.header.entry)
            }
            try transaction.writer.append([.init(edit.header.entry, content)])
            try transaction.writer.dropQuarantined(id.n, of: id.batch)
            return [edit.header.entry]
        }
        guard let entry = entries.first else { preconditionFailure("one edit is of one entry") }
        return entry
    }

    /// Deletes an edit in quarantine from this device, irreversibly.
    ///
    /// - Throws: ``JournalError``: `notFound`.
    public func drop(_ id: QuarantinedEdit.ID) async throws {
        try await write { transaction in
            _ = try transaction.quarantined(id)
            try transaction.writer.dropQuarantined(id.n, of: id.batch)
        }
    }
}

extension JournalTransaction {
    fileprivate func quarantined(_ id: QuarantinedEdit.ID) throws -> QuarantinedBatch.HeldEdit {
        guard let space = try store.reader.space(named: access.name) else {
            throw StoreError.inconsistent("no private space")
        }
        let edits = try QuarantinedBatch.all(store.reader, access, in: space).lazy.flatMap(\.edits)
        guard let edit = edits.first(where: { $0.id == id }) else { throw JournalError.notQuarantined(id) }
        return edit
    }
}

/// A batch in quarantine, decoded as far as possible.
struct QuarantinedBatch {
    struct HeldEdit {
        let id: QuarantinedEdit.ID
        let dot: Dot
        let header: EditHeader
        /// `nil` if it cannot be opened here, is a forget, or only its header is here.
        let content: EditContent?
    }

    /// The signing key of the device that the batch names as its author.
    let device: [UInt8]?
    let reason: String
    let at: Timestamp
    let edits: [HeldEdit]

    /// All batches in quarantine, in the order of their arrival there.
    static func all(_ reader: StoreReader, _ access: JournalAccess, in space: Space) throws -> [QuarantinedBatch] {
        try reader.quarantined(in: space).compactMap { quarantined in
            guard let batch = batch(quarantined.bytes) else { return nil }
            return try QuarantinedBatch(quarantined, batch, reader, access)
        }
    }

    private init(
        _ quarantined: StoreReader.Quarantined, _ batch: Batch, _ reader: StoreReader, _ access: JournalAccess
    ) throws {
        device = quarantined.device
        reason = quarantined.reason
        at = quarantined.at
        // Batches of earlier versions, which did not record the edits: all, or else those whose boxes are here.
        let isNoted = quarantined.gone.count + quarantined.edits == batch.edits.count
        edits = try batch.dotted.compactMap { dot, edit in
            guard isNoted ? !quarantined.gone.contains(dot.n) : quarantined.boxes[dot.n] != nil,
                try reader.presence(of: edit.header.entry) != .forgotten
            else { return nil }
            let opened = quarantined.boxes[dot.n].flatMap { box in
                try? access.keyring.open(box, edit.header, dot, batch.header.epoch)
            }
            return HeldEdit(
                id: QuarantinedEdit.ID(batch: quarantined.key, n: dot.n), dot: dot, header: edit.header,
                content: opened.flatMap { EditContent($0) })
        }
    }

    private static func batch(_ bytes: [UInt8]) -> Batch? {
        var reader = MessageReader(lineLengthMax: WireLimits.lineLengthMax, hash: Hash256.sha256)
        guard case .batch(_, let batch)? = try? reader.read(bytes).first?.message else { return nil }
        return batch
    }
}

extension JournalError {
    static func notQuarantined(_ id: QuarantinedEdit.ID) -> JournalError {
        JournalError(
            .notFound, "Nothing is quarantined under \(id). Nothing was changed.", next: "btw quarantine")
    }

    static func notAdoptable(_ id: QuarantinedEdit.ID) -> JournalError {
        JournalError(
            .badValue,
            "What is quarantined under \(id) cannot be read here, so it cannot be taken back. Nothing was changed.",
            next: "btw quarantine")
    }
}

// MARK: Edits that a server refused without proof

extension Journal {
    /// The reasons of edits that a server refused; earlier versions trusted the server's word.
    private static let refusals = ["refused", ErrorCode.tooLarge.rawValue, ErrorCode.rights.rawValue]

    /// Restores this person's edits that an earlier version quarantined on a server's word, if this device finds them
    /// valid. Fields that were changed since stay as they are.
    ///
    /// If it fails now, the next opening of the journal tries again.
    func takeBackRefused() async {
        guard !isReadOnly, case .success(let access) = access else { return }
        let isDue = try? await read { reader in
            try reader.space(named: Self.privateSpace).map { try reader.hasQuarantined(Self.refusals, in: $0) } ?? false
        }
        guard isDue == true else { return }
        _ = try? await write { transaction in
            guard let space = try transaction.store.reader.space(named: access.name) else { return }
            try transaction.takeBack(Self.refusals, in: space)
        }
    }
}

extension JournalTransaction {
    fileprivate func takeBack(_ refusals: [String], in space: Space) throws {
        guard membership.mayWrite, let member = membership.member else { return }
        for batch in try QuarantinedBatch.all(store.reader, access, in: space) where refusals.contains(batch.reason) {
            guard let key = batch.device, membership.log.person(ofSigningKey: key) == membership.person else {
                continue
            }
            var group: [(edit: QuarantinedBatch.HeldEdit, draft: StoreWriter.Draft)] = []
            for edit in batch.edits {
                if let last = group.last, last.edit.header.group != edit.header.group { try write(&group) }
                guard let draft = try draft(takingBack: edit, member) else { continue }
                group.append((edit, draft))
                // A forgotten entry accepts no more edits.
                if edit.header.isForget { try write(&group) }
            }
            try write(&group)
        }
    }

    private func write(_ group: inout [(edit: QuarantinedBatch.HeldEdit, draft: StoreWriter.Draft)]) throws {
        try writer.append(group.map(\.draft))
        for (edit, _) in group { try writer.dropQuarantined(edit.id.n, of: edit.id.batch) }
        if let forgotten = group.last, forgotten.draft.content == nil {
            try store.compactSearch()
            try store.set(Journal.scrubDue, to: forgotten.draft.entry.description)
        }
        group = []
    }

    /// The edit as it is rewritten; `nil` if others would refuse it, or its fields were changed later.
    private func draft(
        takingBack edit: QuarantinedBatch.HeldEdit, _ member: MembershipLog.Member
    ) throws -> StoreWriter.Draft? {
        let entry = edit.header.entry
        guard !edit.header.isForget else {
            let mayForget = membership.log.mayForget(entry, by: member, proof: edit.header.proof, Hash256.sha256)
            guard mayForget, try store.reader.presence(of: entry) == .here else { return nil }
            return StoreWriter.Draft(forgetting: entry, proof: edit.header.proof)
        }
        guard let content = edit.content, !content.fields.isEmpty,
            content.bytes.count <= RecordLimits.editBytesMax,
            content.fields.count <= CausalityLimits.tokensPerEditMax
        else { return nil }
        let isOver = try store.reader.edits(of: entry, access.keyring).contains { held in
            held.content.map { $0.at > content.at } ?? false && !held.live.isDisjoint(with: content.fields.keys)
        }
        return isOver ? nil : StoreWriter.Draft(entry, content)
    }
}
