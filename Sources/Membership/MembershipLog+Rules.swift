public import Causality

/// The rules by which a record at the head is valid. All devices and servers apply the same, and so agree on the log.
extension MembershipLog {
    func check(adding member: Member, _ wrap: KeyWrap, by author: Member) throws(MembershipError) {
        guard author.role == .owner || author.person == member.person else { throw .noRight }
        guard !devices.knows(member.device.id) else { throw .deviceAgain }
        // Otherwise no key could be wrapped to all devices while this one is a member.
        guard member.device.isUsable else { throw .unusableKey }
        guard wrap.device == member.device.id else { throw .wrongWraps }
        guard wrap.sealed.count == suite.wrapByteCount else { throw .malformed }
        // Records that are made here rather than read were not checked for this limit.
        guard member.binding?.clock.ends.count ?? 0 <= MembershipLimits.cutRowsMax else { throw .tooLong }
        guard members.count < MembershipLimits.devicesMax else { throw .spaceFull }
        let siblings = members.filter { $0.person == member.person }
        if let sibling = siblings.first {
            guard sibling.role == member.role else { throw .wrongRole }
            guard siblings.count < MembershipLimits.devicesPerPersonMax else { throw .tooManyDevices }
        } else {
            guard people.count < MembershipLimits.peopleMax else { throw .tooManyPeople }
        }
    }

    func check(
        removing removed: [DeviceID], _ beginning: EpochBeginning, by author: Member
    ) throws(MembershipError) {
        guard !removed.isEmpty else { throw .malformed }
        for device in removed {
            guard let member = member(device) else { throw .notThere }
            // The author of a new epoch decides its cut and has every key.
            let mayEnd = author.person == member.person && !Defence.ownersEndEpochs.stands
            guard author.role == .owner || mayEnd else { throw .noRight }
        }
        let removed = Set(removed)
        try checkOwnerStays(without: removed)
        try check(beginning, for: recipients(without: removed))
    }

    func check(leaving devices: [DeviceID], by author: Member) throws(MembershipError) {
        guard !devices.isEmpty else { throw .malformed }
        for device in devices {
            guard let member = member(device) else { throw .notThere }
            guard author.person == member.person else { throw .noRight }
        }
        try checkOwnerStays(without: Set(devices))
    }

    func check(raising ends: Frontier, by author: Member) throws(MembershipError) {
        guard author.role == .owner else { throw .noRight }
        guard !ends.ends.isEmpty else { throw .malformed }
        // Records that are made here rather than read were not checked for this limit.
        guard ends.ends.count <= MembershipLimits.cutRowsMax else { throw .tooLong }
    }

    private func checkOwnerStays(without removed: Set<DeviceID>) throws(MembershipError) {
        guard members.contains(where: { $0.role == .owner && !$0.isRecovery && !removed.contains($0.device.id) })
        else { throw .noOwnerLeft }
    }

    func check(rotating beginning: EpochBeginning, by author: Member) throws(MembershipError) {
        guard author.role == .owner else { throw .noRight }
        try check(beginning, for: recipients(without: []))
    }

    private func check(
        _ beginning: EpochBeginning, for recipients: [DeviceIdentity]
    ) throws(MembershipError) {
        // Records that are made here rather than read were not checked for this limit.
        guard beginning.cut.ends.count <= MembershipLimits.cutRowsMax else { throw .tooLong }
        guard beginning.wraps.map(\.device) == recipients.map(\.id) else { throw .wrongWraps }
        guard beginning.before.count == suite.beforeByteCount,
            beginning.wraps.allSatisfy({ $0.sealed.count == suite.wrapByteCount })
        else { throw .malformed }
    }

    /// The devices to which a new epoch's keys are wrapped, in the order of their wraps.
    func recipients(without removed: Set<DeviceID>) -> [DeviceIdentity] {
        members.map(\.device).filter { !removed.contains($0.id) }.sorted { $0.id < $1.id }
    }
}

/// The right to forget entries. The author of a forget and every receiver apply the same rule, so that nobody refuses
/// a forget that another accepted.
extension MembershipLog {
    /// Whether a person may forget an entry, which deletes its boxes everywhere: an owner, or the person whom the
    /// proof names as the entry's author.
    ///
    /// - Parameters:
    ///   - signer: the signer of the batch as of the head that it names; see ``BatchStanding/good(_:)``.
    ///   - proof: the proof in the forget.
    ///   - hash: SHA-256.
    public func mayForget(
        _ entry: EntryID, by signer: Member, proof: EntryProof?, _ hash: HashFunction
    ) -> Bool {
        signer.role == .owner || proof?.entry(of: signer.person, in: space, hash) == entry
    }

    /// The first edit of a batch that its signer had no right to; `nil` if there is none.
    public func overreach(in batch: Batch, by signer: Member, _ hash: HashFunction) -> Dot? {
        batch.dotted.first { _, edit in
            edit.header.isForget
                && !mayForget(edit.header.entry, by: signer, proof: edit.header.proof, hash)
        }?.dot
    }
}
