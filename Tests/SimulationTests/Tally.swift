import SyncClient
import Wire

/// Counts all events: a fault that never happened proves nothing.
struct Tally {
    enum Kind: String, CaseIterable {
        case write, message, answer, crash, serverCrash, cut, halfOpen, loss, duplicate, outage, serverRestored
        case serverEmptied, restored, copied, unnoticed, recordWanted, newcomer, hold, postponed, forgetWithoutRight
        case forgetRefusedHere, boxesLost, hostileRecord, hostileRecordAtLiar, handedOn, settled, lie
    }

    private(set) var counts: [String: Int] = [:]

    mutating func count(_ kind: Kind) { counts[kind.rawValue, default: 0] += 1 }

    mutating func refused(_ code: ErrorCode) { counts["server refused \(code.rawValue)", default: 0] += 1 }

    mutating func count(_ answer: ReplicaAnswer) {
        if case .refused(let code) = answer { counts["device refused \(code.rawValue)", default: 0] += 1 }
        if case .logExtended(_, moved: true) = answer { counts["moved by a new epoch", default: 0] += 1 }
    }

    mutating func count(_ notice: SyncNotice) {
        let name =
            switch notice {
            case .sent: "sent"
            case .received: "received"
            case .serverRestored: "noticed that the server was restored from an older backup"
            case .forked: "noticed a fork"
            case .rewrote: "rebased"
            case .withheld: "withheld"
            case .missing: "contents missing"
            case .unsettled: "unsettled"
            case .unproved: "unproved"
            case .flooded: "flooded"
            case .beginsAgain: "begins again"
            case .stuck: "stuck"
            case .upToDate: "up to date"
            case .recordAccepted: "record accepted"
            case .keysRenewed: "keys renewed"
            case .recordRefused(let code): "record refused \(code.rawValue)"
            case .spaceStopped(let code): "space stopped \(code.rawValue)"
            }
        counts[name, default: 0] += 1
    }

    mutating func add(_ other: Tally) { counts.merge(other.counts, uniquingKeysWith: +) }

    subscript(kind: Kind) -> Int { self[kind.rawValue] }
    subscript(name: String) -> Int { counts[name] ?? 0 }

    /// Notices that must occur in many simulations, besides each ``Kind``.
    static let notices = [
        "up to date", "noticed a fork", "noticed that the server was restored from an older backup", "rebased",
        "record accepted",
        "moved by a new epoch", "space stopped removed", "server refused gap", "server refused cut",
        "server refused too_large", "server refused rights", "server refused head", "server refused removed",
        "device refused gap", "device refused fork",
    ]

    /// Writes, messages that arrived, answers of stores, crashes and faults.
    var operations: Int {
        let kinds: [Kind] = [
            .write, .message, .answer, .crash, .serverCrash, .cut, .halfOpen, .loss, .duplicate, .outage,
            .serverRestored, .serverEmptied, .restored, .copied, .recordWanted, .newcomer,
        ]
        return kinds.reduce(0) { $0 + self[$1] }
    }

    var description: String {
        counts.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }.joined(separator: ", ")
    }
}
