/// Why a record is not taken; the log then stands as it stood.
///
/// Neither a case nor its description holds what somebody wrote, save for a kind,
/// whose letters ``MembershipLimits/kindLengthMax`` bounds.
public enum MembershipError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A record, its cut, or the log with it, is past its limit in ``MembershipLimits``.
    case tooLong
    /// It is not the JSON of a record, or its parts contradict each other.
    case malformed
    /// It says what a record may say, but spelt in another way than the one.
    case notCanonical
    /// The first record is no genesis.
    case noGenesis
    /// A genesis where a log has begun.
    case secondGenesis
    /// It does not follow the head: it is older, or of another branch.
    case wrongPrevious
    /// Its author is no device of the space at the head.
    case unknownAuthor
    /// Its author did not sign it.
    case badSignature
    /// It is well signed and of a kind that only newer versions know.
    case unknownKind(String)
    /// The space has algorithms that only newer versions know.
    case unknownSuite(Int)
    /// Its author may not do this.
    case noRight
    /// It adds a device to a person of the space with another role than his.
    case wrongRole
    /// It adds a device that is of the space, or was once.
    case deviceAgain
    /// It removes a device that is not of the space.
    case notThere
    /// It leaves no device of an owner but recovery keys.
    case noOwnerLeft
    /// It adds a device with a public key to which nothing can be sealed.
    case unusableKey
    /// Its wraps are not exactly those for the devices that are of the space then.
    case wrongWraps
    /// The person has as many devices as ``MembershipLimits`` allows.
    case tooManyDevices
    /// The space has as many people as ``MembershipLimits`` allows.
    case tooManyPeople
    /// The space has as many devices as ``MembershipLimits`` allows.
    case spaceFull

    /// Whether a newer version would get further; this device keeps its edits, and says `update`.
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
