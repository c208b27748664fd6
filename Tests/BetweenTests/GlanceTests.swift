import Between
import Foundation
import Records
import TestSupport
import Testing

/// The output of `btw` without arguments.
@Suite struct GlanceTests {
    @Test func countsWhatIsOpenAndFindsTheMoodOfToday() async throws {
        let home = try TestHome()
        let journal = try await home.open()
        let time = home.clock.environment.now()
        let now = try #require(Moment(millisSince1970: time.millisSince1970, offsetMinutes: 0))
        _ = try await journal.add(Homework("walk"))
        _ = try await journal.add(Mood(valence: 3, at: now))
        let glance = try await journal.glance(now: now)
        #expect(glance.open == 1 && glance.fromLastTime == 0 && !glance.asksForMood)
    }
}
