import Causality

/// The binary form in which a device stores a verified record's content, so that it need not parse the text again.
///
/// It never leaves the device. Reading it costs about as much as copying it; parsing the text costs a hundred times
/// that, and a member may have written megabytes of it.
extension MembershipRecord {
    /// Part of every form; raised with its layout, and with the rules by which a log accepts records.
    private static let keptVersion = 1

    /// The form to store beside the bytes of a verified record; see ``MembershipLog/Kept``.
    public var keptForm: [UInt8] {
        var form = CanonicalBytes()
        form.append(Self.keptVersion)
        form.append(hash)
        form.append(bodyHash)
        form.append(author.bits)
        form.append(signature)
        form.append(previous.map { $0.bytes } ?? [])
        switch content {
        case .genesis(let genesis, let wrap):
            form.append(0)
            form.append(genesis.suite.rawValue)
            form.append(genesis.batchVersion)
            form.append(genesis.nonce)
            form.append(genesis.person.bits)
            form.append(genesis.device)
            form.append(wrap)
        case .add(let member, let wrap):
            form.append(1)
            form.append(member)
            form.append(wrap)
        case .remove(let devices, let beginning):
            form.append(2)
            form.append(devices)
            form.append(beginning)
        case .rotate(let beginning):
            form.append(3)
            form.append(beginning)
        case .leave(let devices):
            form.append(4)
            form.append(devices)
        case .raise(let ends):
            form.append(5)
            form.append(ColumnList.bytes(ends.ends))
        case .unknown: preconditionFailure("a record that no log takes")
        }
        return Self.checksum(form.bytes) + form.bytes
    }

    var kept: MembershipLog.Kept { .init(bytes, form: keptForm) }

    /// Is `nil` unless there is a complete form of this version.
    init?(_ kept: MembershipLog.Kept) {
        guard let form = kept.form, form.count > Hash256.byteCount else { return nil }
        let body = Array(form[Hash256.byteCount...])
        // A damaged form counts as missing.
        guard form.starts(with: Self.checksum(body)) else { return nil }
        var reader = KeptReader(body)
        guard reader.number() == Self.keptVersion, let hash = reader.hash(), let bodyHash = reader.hash(),
            let author = reader.id(DeviceID.self), let signature = reader.bytes(), let before = reader.bytes(),
            let content = reader.content(), reader.isAtEnd
        else { return nil }
        let previous = Hash256(before)
        if case .genesis = content {
            guard before.isEmpty else { return nil }
        } else if previous == nil {
            return nil
        }
        self.init(
            content, previous: previous, author: author, signature: signature, bodyHash: bodyHash, hash: hash,
            bytes: kept.bytes)
    }

    private static func checksum(_ body: [UInt8]) -> [UInt8] { Hash256.sha256(body).bytes }
}

extension CanonicalBytes {
    fileprivate mutating func append(_ device: DeviceIdentity) {
        append(device.signingKey)
        append(device.agreementKey)
    }

    fileprivate mutating func append(_ wrap: KeyWrap) {
        append(wrap.device.bits)
        append(wrap.sealed)
    }

    fileprivate mutating func append(_ member: MembershipLog.Member) {
        append(member.person.bits)
        append(member.role == .owner ? 1 : 0)
        append(member.device)
        append(member.isRecovery ? 1 : 0)
        append(member.binding?.code ?? [])
        append(ColumnList.bytes(member.binding?.clock.ends ?? []))
    }

    fileprivate mutating func append(_ devices: [DeviceID]) {
        append(devices.count)
        for device in devices { append(device.bits) }
    }

    fileprivate mutating func append(_ beginning: EpochBeginning) {
        append(ColumnList.bytes(beginning.cut.ends))
        append(beginning.before)
        append(beginning.wraps.count)
        for wrap in beginning.wraps { append(wrap) }
    }
}

/// Reads what the functions above write, part by part; `nil` if a part is missing.
private struct KeptReader {
    private let form: [UInt8]
    private var offset = 0

    init(_ form: [UInt8]) { self.form = form }

    var isAtEnd: Bool { offset == form.count }

    mutating func content() -> MembershipRecord.Content? {
        switch number() {
        case 0:
            guard let suite = number().flatMap(Suite.init(rawValue:)), let batchVersion = number(), let nonce = bytes(),
                let person = id(PersonID.self), let device = device(), let wrap = wrap(),
                let genesis = Genesis(
                    suite: suite, batchVersion: batchVersion, nonce: nonce, person: person, device: device)
            else { return nil }
            return .genesis(genesis, wrap)
        case 1:
            guard let member = member(), let wrap = wrap() else { return nil }
            return .add(member, wrap)
        case 2:
            guard let devices = devices(), let beginning = beginning() else { return nil }
            return .remove(devices, beginning)
        case 3: return beginning().map { .rotate($0) }
        case 4: return devices().map { .leave($0) }
        case 5: return frontier().map { .raise($0) }
        case _: return nil
        }
    }

    mutating func number() -> Int? { word().flatMap { Int(exactly: $0) } }

    mutating func bytes() -> [UInt8]? {
        guard let count = number(), count <= form.count - offset else { return nil }
        defer { offset += count }
        return Array(form[offset..<(offset + count)])
    }

    mutating func hash() -> Hash256? {
        guard Hash256.byteCount <= form.count - offset else { return nil }
        defer { offset += Hash256.byteCount }
        return Hash256(form[offset..<(offset + Hash256.byteCount)])
    }

    mutating func id<ID: ID128>(_: ID.Type) -> ID? {
        guard let high = word(), let low = word() else { return nil }
        return ID(bits: EntryID(high: high, low: low))
    }

    private mutating func word() -> UInt64? {
        guard 8 <= form.count - offset else { return nil }
        defer { offset += 8 }
        return form[offset..<(offset + 8)].reduce(0) { $0 << 8 | UInt64($1) }
    }

    private mutating func device() -> DeviceIdentity? {
        guard let signingKey = bytes(), let agreementKey = bytes() else { return nil }
        return DeviceIdentity(signingKey: signingKey, agreementKey: agreementKey)
    }

    private mutating func wrap() -> KeyWrap? {
        guard let device = id(DeviceID.self), let sealed = bytes() else { return nil }
        return KeyWrap(device: device, sealed: sealed)
    }

    private mutating func member() -> MembershipLog.Member? {
        guard let person = id(PersonID.self), let isOwner = number(), let device = device(), let isRecovery = number(),
            let code = bytes(), let clock = frontier()
        else { return nil }
        var binding: RecoveryBinding?
        if !code.isEmpty {
            guard isRecovery == 1, code.count == RecoveryBinding.codeByteCount else { return nil }
            binding = RecoveryBinding(clock: clock, code: code)
        }
        return .init(
            person: person, role: isOwner == 1 ? .owner : .member, device: device, isRecovery: isRecovery == 1,
            binding: binding)
    }

    private mutating func devices() -> [DeviceID]? {
        guard let count = number(), count <= (form.count - offset) / 16 else { return nil }
        var devices: [DeviceID] = []
        for _ in 0..<count {
            guard let device = id(DeviceID.self) else { return nil }
            devices.append(device)
        }
        return devices
    }

    private mutating func frontier() -> Frontier? { bytes().flatMap { Frontier(ascending: ColumnList.ends($0)) } }

    private mutating func beginning() -> EpochBeginning? {
        guard let cut = frontier(), let before = bytes(), let count = number(), count <= (form.count - offset) / 24
        else { return nil }
        var wraps: [KeyWrap] = []
        wraps.reserveCapacity(count)
        for _ in 0..<count {
            guard let wrap = wrap() else { return nil }
            wraps.append(wrap)
        }
        return EpochBeginning(cut: cut, before: before, wraps: wraps)
    }
}
