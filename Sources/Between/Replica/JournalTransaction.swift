import CanonicalJSON
import Causality
import Membership
import Records
import ReplicaStore
import Sealing

/// A transaction that writes edits to a space.
struct JournalTransaction {
    let store: StoreTransaction
    let writer: StoreWriter
    let access: JournalAccess
    let membership: JournalAccess.MembershipStatus
    let environment: JournalEnvironment

    var reader: StoreReader { store.reader }
    /// The space as it was before the transaction wrote to it.
    var space: Space { writer.space }

    /// The entry, which must exist.
    @discardableResult
    func present(_ id: EntryID) throws -> Entry {
        switch try reader.presence(of: id, in: space) {
        case .unknown:
            throw try reader.isSealed(id, in: space) ? JournalError.sealed(id) : JournalError.notFound(id)
        case .forgotten: throw JournalError.forgotten(id)
        case .here:
            guard let entry = try reader.entry(id, in: space) else { throw JournalError.notFound(id) }
            return entry
        }
    }

    func content(
        _ fields: [FieldName: JSONValue], label: Text? = nil, proof: EntryProof? = nil
    ) -> EditContent {
        EditContent(at: environment.now(), fields: fields, label: label, proof: proof)
    }

    /// The edit that forgets an entry; `nil` if this person lacks the right.
    ///
    /// It takes effect here at once, so one that others refuse would scrub content that they keep.
    func forgetting(_ id: EntryID) throws -> StoreWriter.Draft? {
        guard let member = membership.member else { throw JournalError.removed }
        let mayForget = { (proof: EntryProof?) in
            membership.log.mayForget(id, by: member, proof: proof, Hash256.sha256)
        }
        if mayForget(nil) { return .init(forgetting: id) }
        let proofs = try reader.edits(of: id, in: space, access.keyring).lazy.compactMap(\.content?.proof)
        return proofs.first(where: mayForget).map { .init(forgetting: id, proof: $0) }
    }

    /// A draft's fields, completed with those of every entry.
    func complete(_ draft: EntryDraft) -> [FieldName: JSONValue] {
        var fields = draft.fields
        fields["kind"] = .text(draft.kind.name)
        fields["made"] = fields["made"] ?? .text(Text(environment.now().description))
        fields["author"] = fields["author"] ?? .text(Text(access.person.description))
        fields["at"] = fields["at"] ?? environment.moment().map { .text(Text($0.description)) }
        return fields
    }
}

extension JournalError {
    /// This device is a member, and none of the keys that it received is valid.
    static var missingKeys: JournalError {
        JournalError(
            .keys,
            "The keys that this device was given do not open. Nothing was written, and all that is here can be read.",
            next: "Sync another of your devices first: it gives the journal a new key. Then: btw sync")
    }

    /// This device can read what it has, and no other device accepts its edits.
    static var removed: JournalError {
        JournalError(
            .keys, "This device was removed from the journal. Nothing was written, and all that is here can be read.",
            next: "Take what is here along: btw export --jsonl > journal.jsonl")
    }
}
