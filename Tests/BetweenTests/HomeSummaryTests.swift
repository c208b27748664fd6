import Between
import Foundation
import Records
import TestSupport
import Testing

/// The output of `btw` without arguments.
@Suite struct HomeSummaryTests {
    @Test func countsWhatIsOpenAndFindsTheMoodOfToday() async throws {
        let home = try TestHome()
        let journal = try await home.open()
        let time = home.clock.environment.now()
        let now = try #require(Moment(millisSince1970: time.millisSince1970, offsetMinutes: 0))
        _ = try await journal.add(Homework("walk"))
        _ = try await journal.add(Mood(valence: 3, at: now))
        let homeSummary = try await journal.homeSummary(now: now)
        #expect(homeSummary.open == 1 && homeSummary.fromLastTime == 0 && !homeSummary.asksForMood)
    }
}
