import Foundation

/// The server's wall clock, for values that outlive the process, such as an enrolment string's expiry.
enum WallClock {
    /// Milliseconds since 1970.
    static func millis() -> Int { Int(Date().timeIntervalSince1970 * 1000) }

    /// The store's two clocks on this machine.
    static var storeTime: StoreTime {
        let start = ContinuousClock.now
        return StoreTime(monotonic: { ContinuousClock.now - start }, wallMillis: millis)
    }
}
