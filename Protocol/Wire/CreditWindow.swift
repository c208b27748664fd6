/// What one side may still send of batches and boxes, and what it owes the other side.
///
/// Each direction of a connection starts with ``WireLimits/creditAtFirst`` bytes. Who
/// receives grants again what it has dealt with, in portions, so that a reader that is slow
/// stalls its own sender and nobody else. A portion is small enough that what is left
/// always holds a whole batch once everything sent has been dealt with.
public struct CreditWindow: Hashable, Sendable {
    /// Bytes that are owed before they are granted.
    public static let portion = WireLimits.creditAtFirst / 4

    /// Bytes that this side may send.
    public private(set) var room = WireLimits.creditAtFirst
    /// Bytes that the other side may still send.
    public private(set) var granted = WireLimits.creditAtFirst
    private var owed = 0

    public init() {}

    /// This side sends so many bytes.
    ///
    /// - Precondition: there is room for them.
    public mutating func send(_ byteCount: Int) {
        precondition((0...room).contains(byteCount), "\(byteCount) bytes of \(room)")
        room -= byteCount
    }

    /// The other side grants so many bytes. Returns whether it may: no more can be out than there was at first.
    public mutating func receiveGrant(_ byteCount: Int) -> Bool {
        guard (1...WireLimits.creditAtFirst).contains(byteCount), room + byteCount <= WireLimits.creditAtFirst
        else { return false }
        room += byteCount
        return true
    }

    /// So many bytes came. Returns whether the other side was granted them.
    public mutating func receive(_ byteCount: Int) -> Bool {
        guard byteCount <= granted else { return false }
        granted -= byteCount
        return true
    }

    /// So many bytes that came were dealt with. Returns what to grant now, if it is a portion.
    public mutating func dealtWith(_ byteCount: Int) -> Int? {
        owed += byteCount
        guard owed >= Self.portion else { return nil }
        defer { owed = 0 }
        granted += owed
        return owed
    }
}
