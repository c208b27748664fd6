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
