public import Causality
import Crypto
public import Membership

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What a printed key knows of its space. Nothing else does on a machine that has nothing but the paper: whoever serves
/// the log chooses which one, and anybody can wrap keys of his own to the key's public half.
extension RecoveryKey {
    /// How a log stands to the key.
    public enum Finding: Hashable, Sendable {
        /// It is of the space that the key was made for, and goes at least as far as then. With what there was then.
        case bound(Frontier)
        /// The key was printed by an earlier version, and the log says no more of it.
        case unbound
        /// It has not the key, or adds it elsewhere than its maker did: in another space, after another record.
        case foreign
    }

    /// Whether this is the log that the key was made for, as far as that can be known.
    ///
    /// - Parameter log: one that somebody served, verified.
    public func finding(in log: MembershipLog) -> Finding {
        let device = deviceKeys.identity
        guard let record = log.record(adding: device.id), case .add(let member, _) = record.content,
            let previous = record.previous, member.device == device
        else { return .foreign }
        guard let binding = member.binding else { return isBound ? .foreign : .unbound }
        let statement = Statement(
            suite: log.suite, space: log.space, previous: previous, author: record.author, person: member.person,
            role: member.role, device: device, clock: binding.clock)
        let isValid = HMAC<SHA256>.isValidAuthenticationCode(
            binding.code, authenticating: statement.bytes, using: bindingKey)
        return isValid ? .bound(binding.clock) : .foreign
    }

    /// Binds the record that is to add this key at the head of a log.
    func binding(
        to log: MembershipLog, person: PersonID, role: Role, holding clock: Frontier, by author: DeviceID
    ) -> RecoveryBinding {
        let statement = Statement(
            suite: log.suite, space: log.space, previous: log.head, author: author, person: person, role: role,
            device: deviceKeys.identity, clock: clock)
        let code = HMAC<SHA256>.authenticationCode(for: statement.bytes, using: bindingKey)
        return RecoveryBinding(clock: clock, code: Array(code))
    }

    /// What a code covers.
    private struct Statement {
        let suite: Suite
        let space: SpaceID
        let previous: Hash256
        let author: DeviceID
        let person: PersonID
        let role: Role
        let device: DeviceIdentity
        let clock: Frontier

        var bytes: [UInt8] {
            var bytes = CanonicalBytes(label: "between recovery bound 1")
            bytes.append(suite.rawValue)
            bytes.append(space.bits)
            bytes.append(previous)
            bytes.append(author.bits)
            bytes.append(person.bits)
            bytes.append(Array(role.rawValue.utf8))
            bytes.append(device.id.bits)
            bytes.append(device.signingKey)
            bytes.append(device.agreementKey)
            bytes.append(clock.ends.count)
            for end in clock.ends {
                bytes.append(end.dot)
                bytes.append(end.hash)
            }
            return bytes.bytes
        }
    }
}
