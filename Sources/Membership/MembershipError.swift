/// Why a record is refused; the log is then unchanged.
///
/// Neither a case nor its description contains text from the record, except for its kind, of at most
/// ``MembershipLimits/kindLengthMax`` letters.
public enum MembershipError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A record, its cut or the log exceeds its limit in ``MembershipLimits``.
    case tooLong
    /// It is not the JSON of a record, or its parts contradict each other.
    case malformed
    /// It is a valid record, but not in canonical form.
    case notCanonical
    /// The first record is not a genesis.
    case noGenesis
    /// A genesis where a log has begun.
    case secondGenesis
    /// Its `previous` is not the head: the record is older, or of another branch.
    case wrongPrevious
    /// Its author is not a member at the head.
    case unknownAuthor
    /// Its signature is not its author's.
    case badSignature
    /// It is signed by its author, and its kind is unknown to this version.
    case unknownKind(String)
    /// The suite of the space is unknown to this version.
    case unknownSuite(Int)
    /// Its author has no right to do this.
    case noRight
    /// It adds a device to a person whose role is another.
    case wrongRole
    /// It adds a device that is or was a member.
    case deviceAgain
    /// It removes a device that is not a member.
    case notThere
    /// It leaves no owner's device except recovery keys.
    case noOwnerLeft
    /// It adds a device with a public key that nothing can be sealed to.
    case unusableKey
    /// Its wraps are not exactly those for the remaining devices.
    case wrongWraps
    /// The person has ``MembershipLimits/devicesPerPersonMax`` devices.
    case tooManyDevices
    /// The space has ``MembershipLimits/peopleMax`` people.
    case tooManyPeople
    /// The space has ``MembershipLimits/devicesMax`` devices.
    case spaceFull

    /// Whether a newer version could read it; this device then keeps its edits, and reports `update`.
    public var needsUpdate: Bool {
        switch self {
        case .unknownKind, .unknownSuite: true
        case .tooLong, .malformed, .notCanonical, .noGenesis, .secondGenesis, .wrongPrevious, .unknownAuthor,
            .badSignature, .noRight, .wrongRole, .deviceAgain, .notThere, .noOwnerLeft, .unusableKey, .wrongWraps,
            .tooManyDevices, .tooManyPeople, .spaceFull:
            false
        }
    }

    public var description: String {
        switch self {
        case .tooLong: "a membership record, or the log, is too long"
        case .malformed: "this is no membership record"
        case .notCanonical: "a membership record is not in canonical form"
        case .noGenesis: "a membership log does not begin with a genesis"
        case .secondGenesis: "a membership log has a second genesis"
        case .wrongPrevious: "a membership record does not follow the head of the log"
        case .unknownAuthor: "a membership record is by no device of the space"
        case .badSignature: "a membership record is not signed by its author"
        case .unknownKind(let kind): "a membership record of the kind \(kind) needs a newer version"
        case .unknownSuite(let suite): "a space with the suite \(suite) needs a newer version"
        case .noRight: "only an owner may do this to the devices of others"
        case .wrongRole: "all devices of a person have the same role"
        case .deviceAgain: "a device can be added to a space only once"
        case .notThere: "a device that is not of the space cannot be removed"
        case .noOwnerLeft: "a space needs a device of an owner that is not a recovery key"
        case .unusableKey: "nothing can be sealed to the key of this device"
        case .wrongWraps: "a membership record does not hand its keys to exactly the devices of the space"
        case .tooManyDevices: "a person can have \(MembershipLimits.devicesPerPersonMax) devices in a space"
        case .tooManyPeople: "a space can have \(MembershipLimits.peopleMax) people"
        case .spaceFull: "a space can have \(MembershipLimits.devicesMax) devices"
        }
    }
}
