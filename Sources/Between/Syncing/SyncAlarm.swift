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
}
