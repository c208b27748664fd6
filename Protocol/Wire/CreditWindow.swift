/// Flow control of batches and boxes in both directions of a connection.
///
/// Each direction starts with ``WireLimits/creditAtFirst`` bytes. The receiver grants the bytes that it has
/// processed, in portions, so that a slow reader stalls only its own sender. A portion is small enough that the
/// remaining credit always has room for a whole batch once everything sent has been processed.
public struct CreditWindow: Hashable, Sendable {
    /// Bytes that are processed before they are granted.
    public static let portion = WireLimits.creditAtFirst / 4

    /// Bytes that this side may send.
    public private(set) var room = WireLimits.creditAtFirst
    /// Bytes that the other side may still send.
    public private(set) var granted = WireLimits.creditAtFirst
    private var owed = 0

    public init() {}

    /// Takes sent bytes off the credit.
    ///
    /// - Precondition: there is room for them.
    public mutating func send(_ byteCount: Int) {
        precondition((0...room).contains(byteCount), "\(byteCount) bytes of \(room)")
        room -= byteCount
    }

    /// The other side grants bytes. Returns `false` if that would exceed the initial credit.
    public mutating func receiveGrant(_ byteCount: Int) -> Bool {
        guard (1...WireLimits.creditAtFirst).contains(byteCount), room + byteCount <= WireLimits.creditAtFirst
        else { return false }
        room += byteCount
        return true
    }

    /// Bytes were received. Returns whether they were within the credit.
    public mutating func receive(_ byteCount: Int) -> Bool {
        guard byteCount <= granted else { return false }
        granted -= byteCount
        return true
    }

    /// Received bytes were processed. Returns the bytes to grant now, if they make a portion.
    public mutating func dealtWith(_ byteCount: Int) -> Int? {
        owed += byteCount
        guard owed >= Self.portion else { return nil }
        defer { owed = 0 }
        granted += owed
        return owed
    }
}
