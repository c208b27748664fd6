import Causality
import Crypto
import Membership
import ServerModel
import TestSupport
import Wire

/// The people and devices of all simulations, with the same keys in every run.
enum Roster {
    struct Device: Sendable {
        let identity: DeviceIdentity
        let person: PersonID
        private let key: Curve25519.Signing.PrivateKey

        init(_ number: UInt8, person: PersonID) {
            let secret = { (purpose: UInt8) in testHash([number, purpose]).bytes }
            do {
                key = try Curve25519.Signing.PrivateKey(rawRepresentation: secret(1))
                let agreement = try Curve25519.KeyAgreement.PrivateKey(rawRepresentation: secret(2))
                guard
                    let identity = DeviceIdentity(
                        signingKey: Array(key.publicKey.rawRepresentation),
                        agreementKey: Array(agreement.publicKey.rawRepresentation))
                else { preconditionFailure("32 bytes each") }
                self.identity = identity
            } catch {
                preconditionFailure("any 32 bytes are a key: \(error)")
            }
            self.person = person
        }

        func sign(_ statement: SignedStatement) -> [UInt8] {
            do {
                return Array(try key.signature(for: statement.bytes))
            } catch {
                preconditionFailure("a key signs: \(error)")
            }
        }
    }

    static let owner = PersonID(bits: EntryID(high: 1, low: 1))
    static let guest = PersonID(bits: EntryID(high: 2, low: 2))
    /// The owner's devices; the last is the guest's.
    static let devices = (0..<8).map { Device(UInt8($0), person: $0 == 7 ? guest : owner) }
    static let guestDevice = 7

    /// A wrap's keys do not matter here, only its recipient.
    static let wrap = [UInt8](repeating: 9, count: Suite.one.wrapByteCount)
    /// A wrap that opens for nobody, and a `before` that leads nowhere.
    static let noWrap = [UInt8](repeating: 7, count: Suite.one.wrapByteCount)
    static let noBefore = [UInt8](repeating: 6, count: Suite.one.beforeByteCount)

    /// "The key of this epoch", in the clear.
    static func before(_ target: Hash256) -> [UInt8] {
        target.bytes + [UInt8](repeating: 8, count: Suite.one.beforeByteCount - target.bytes.count)
    }

    /// Another key, sealed as that of this epoch.
    static func falseBefore(_ target: Hash256) -> [UInt8] {
        target.bytes + [UInt8](repeating: 5, count: Suite.one.beforeByteCount - target.bytes.count)
    }

    /// The owner's first devices, and perhaps the guest's.
    static func log(ownDevices: Int, guest role: Role?) -> MembershipLog {
        guard let log = logs[Key(ownDevices: ownDevices, guest: role)] else {
            preconditionFailure("no log of \(ownDevices) devices")
        }
        return log
    }

    static let space = log(ownDevices: 1, guest: nil).space

    private struct Key: Hashable {
        let ownDevices: Int
        let guest: Role?
    }

    private static let logs: [Key: MembershipLog] = {
        var logs: [Key: MembershipLog] = [:]
        do {
            guard
                let genesis = Genesis(
                    suite: .one, batchVersion: 1, nonce: Array(repeating: 3, count: 16), person: owner,
                    device: devices[0].identity)
            else { preconditionFailure("a nonce of 16 bytes") }
            let record = MembershipRecord.genesis(genesis, wrapping: { _ in wrap }, signing: devices[0].sign)
            var log = try MembershipLog(genesis: record)
            for count in 1...4 {
                if count > 1 { try log.append(add(count - 1, role: .owner, to: log, by: 0)) }
                logs[Key(ownDevices: count, guest: nil)] = log
                for role in Role.allCases {
                    var shared = log
                    try shared.append(add(guestDevice, role: role, to: shared, by: 0))
                    logs[Key(ownDevices: count, guest: role)] = shared
                }
            }
        } catch {
            preconditionFailure("a log of the book: \(error)")
        }
        return logs
    }()

    static func add(_ device: Int, role: Role, to log: MembershipLog, by author: Int) -> MembershipRecord {
        let member = MembershipLog.Member(
            person: devices[device].person, role: role, device: devices[device].identity)
        return MembershipRecord.add(
            member, to: log, by: devices[author].identity.id, wrapping: { _, _ in wrap },
            signing: devices[author].sign)
    }

    // MARK: Signatures that cost nothing

    static func signature(key: [UInt8], feedHash: Hash256) -> [UInt8] {
        let half = testHash(key + feedHash.bytes).bytes
        return half + half
    }

    static func proof(_ device: DeviceIdentity, _ transcript: Transcript) -> [UInt8] {
        signature(key: device.signingKey + transcript.client.bytes, feedHash: testHash(transcript.server.bytes))
    }

    /// The checks of a real server, without their cost.
    static func checks(_ bug: SeededBug? = nil) -> ModelChecks {
        let book = LogBook()
        return ModelChecks(
            hash: testHash,
            isSigned: { $0.signature == signature(key: $1.signingKey, feedHash: $2) },
            isProof: { $0.signature == proof($2, $1) },
            extend: { book.extended($0, $1) }, overreach: bug == .judgesByArrival ? SeededBug.overreachByArrival : nil)
    }
}
