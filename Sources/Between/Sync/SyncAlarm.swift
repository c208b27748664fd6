import SyncClient
public import Causality

/// Misbehaviour of a server, or a feed that cannot be synced, to be shown to the user.
///
/// Nothing is lost: local data stays here and visible, and other feeds continue.
public struct SyncAlarm: Hashable, Sendable {
    public enum Code: String, CaseIterable, Sendable {
        /// The server shows that edits exist, and does not send them.
        case withheld
        /// Two different edits were signed with one dot: a device was copied or restored. They were rebased.
        case forked
        /// The server refuses a feed, or claims without proof that it forked. It stays as it is.
        case stuck
        /// The server claims something about this device or the membership log without a record that proves it.
        case unproved
        /// The server keeps sending batches that cannot be taken; the exchange was stopped.
        case flooded
        /// The server has edits that are shown or needed here, without their contents. In a ``Journal/SyncOutcome``
        /// that is ``Journal/SyncOutcome/missing``.
        case missing
    }

    public let code: Code
    /// The device whose edits are affected; `nil` if unknown or not applicable.
    public let device: DeviceID?
    /// The number of edits; 0 if unknown.
    public let edits: Int

    public init(_ code: Code, device: DeviceID? = nil, edits: Int = 0) {
        self.code = code
        self.device = device
        self.edits = edits
    }

    /// Whether it is a past event rather than a condition: it is over when it was shown to the user.
    public var isHistory: Bool { code == .forked }

    /// Whether two alarms have the same subject, whatever their numbers of edits.
    public func isSameMatter(as other: SyncAlarm) -> Bool { code == other.code && device == other.device }
}

extension [SyncAlarm] {
    /// Adds an alarm: one per code and device, since a device may have several feeds; sorted, independently of the
    /// order of events.
    mutating func add(_ alarm: SyncAlarm) {
        guard let index = firstIndex(where: alarm.isSameMatter) else {
            append(alarm)
            return sort {
                ($0.code.rawValue, $0.device?.description ?? "") < ($1.code.rawValue, $1.device?.description ?? "")
            }
        }
        self[index] = SyncAlarm(alarm.code, device: alarm.device, edits: Swift.max(self[index].edits, alarm.edits))
    }
}

/// The alarms of one round of an exchange, which lasts from the connection, or the end of a rest, until everything
/// movable has moved. An earlier alarm that the round could have confirmed and did not is over.
package struct AlarmRound: Hashable, Sendable {
    /// The result of a round for alarms of these codes: those in `standing` are in effect, and no others.
    package struct Verdict: Hashable, Sendable {
        package let codes: Set<SyncAlarm.Code>
        package let active: [SyncAlarm]

        package func isOver(_ alarm: SyncAlarm) -> Bool {
            codes.contains(alarm.code) && !active.contains(where: alarm.isSameMatter)
        }
    }

    private var seen: [SyncAlarm] = []
    private var missing = 0
    /// Whether the exchange ended before it reached the conditions of the other alarms.
    private var isCut = false

    package init() {}

    /// - Parameters:
    ///   - report: what happened.
    ///   - new: the alarms that it raises.
    /// - Returns: those alarms, combined with what the round saw before; and the verdict, if the report ends the
    ///   round.
    package mutating func note(_ report: SyncReport, _ new: [SyncAlarm]) -> (raised: [SyncAlarm], verdict: Verdict?) {
        for alarm in new where alarm.code != .missing { seen.add(alarm) }
        let raised = new.map { alarm in seen.first(where: alarm.isSameMatter) ?? alarm }
        switch report {
        case .connected:
            self = AlarmRound()
        case .notice(.beginsAgain):
            seen = []
            isCut = false
        case .notice(.unproved), .notice(.flooded):
            isCut = true
        case .notice(.missing(let count)):
            // Missing edits are recounted whenever contents arrive, also between two rounds.
            missing = count
            if count == 0 { return (raised, Verdict(codes: [.missing], active: [])) }
        case .notice(.upToDate):
            seen = []
            return (raised, verdict())
        case .notice(.unsettled):
            guard isCut else { return (raised, verdict()) }
        case .notice, .committed, .claimed, .granted, .offline: break
        }
        return (raised, nil)
    }

    private func verdict() -> Verdict {
        Verdict(
            codes: [.withheld, .stuck, .unproved, .flooded, .missing],
            active: seen + (missing > 0 ? [SyncAlarm(.missing, edits: missing)] : []))
    }
}
