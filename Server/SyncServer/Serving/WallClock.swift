import Foundation

/// The server's own clock, for what outlives the process: how long an enrolment string is good.
enum WallClock {
    /// Milliseconds since 1970.
    static func millis() -> Int { Int(Date().timeIntervalSince1970 * 1000) }

    /// The store's two clocks, as this machine has them.
    static var storeTime: StoreTime {
        let start = ContinuousClock.now
        return StoreTime(monotonic: { ContinuousClock.now - start }, wallMillis: millis)
    }
}
