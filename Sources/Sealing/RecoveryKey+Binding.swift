public import Causality
import Crypto
public import Membership

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Checking that a log is of the space that a printed key was made for. A machine that has only the printed key can
/// check it in no other way: the server chooses the log, and anybody can wrap their own keys to the key's public
/// half.
extension RecoveryKey {
    /// The relation of a log to the key.
    public enum Finding: Hashable, Sendable {
        /// The log is of the key's space, and contains the record that adds it; with the frontier at that time.
        case bound(Frontier)
        /// The key was printed by an earlier version, and its record has no binding.
        case unbound
        /// The log has no record of the key, or its binding is invalid: made in another space or after another
        /// record.
        case foreign
    }

    /// Checks whether this is the log that the key was made for.
    ///
    /// - Parameter log: a verified log from an untrusted server.
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

    /// The binding for a record that adds this key at the head of a log.
    func binding(
        to log: MembershipLog, person: PersonID, role: Role, holding clock: Frontier, by author: DeviceID
    ) -> RecoveryBinding {
        let statement = Statement(
            suite: log.suite, space: log.space, previous: log.head, author: author, person: person, role: role,
            device: deviceKeys.identity, clock: clock)
        let code = HMAC<SHA256>.authenticationCode(for: statement.bytes, using: bindingKey)
        return RecoveryBinding(clock: clock, code: Array(code))
    }

    /// The data that a code authenticates.
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
