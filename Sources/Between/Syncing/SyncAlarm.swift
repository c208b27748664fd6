public import Causality

/// Something that an honest server does not do, or a line of edits that does not move: a person should hear of it.
///
/// Nothing is lost by it: what is here stays here and in view, and other lines go on.
public struct SyncAlarm: Hashable, Sendable {
    public enum Code: String, CaseIterable, Sendable {
        /// The server shows that there are edits, and does not show them.
        case withheld
        /// Two different edits were signed under one name: a device was copied, or went back. They were written again.
        case forked
        /// The server does not take a line of edits, or says without proof that it is another there. It stays as it is.
        case stuck
        /// The server says something of this device or of the membership log that no record shows.
        case unproved
        /// The server sends ever more that cannot be taken; it was not listened to until the end.
        case flooded
        /// The server has edits that are shown or needed here, and not what they say. In a ``Journal/SyncOutcome`` that
        /// is ``Journal/SyncOutcome/missing``.
        case missing
    }

    public let code: Code
    /// Whose edits these are; `nil` where that is not known here, or is nobody's matter.
    public let device: DeviceID?
    /// How many; 0 where that is not known.
    public let edits: Int

    public init(_ code: Code, device: DeviceID? = nil, edits: Int = 0) {
        self.code = code
        self.device = device
        self.edits = edits
    }

    /// Whether it says what happened once, and not what is so: it is over when a person has heard of it.
    public var isHistory: Bool { code == .forked }

    /// Whether two alarms are of one matter, however many edits it is by now.
    public func isSameMatter(as other: SyncAlarm) -> Bool { code == other.code && device == other.device }
}

extension [SyncAlarm] {
    /// One alarm a code and device, as a device may have several lines; in an order that does not hang on when each came.
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
