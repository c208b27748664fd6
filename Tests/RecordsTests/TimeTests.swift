import Foundation
import Records
import TestSupport
import Testing

/// Days and times, against Foundation's calendar where it has one.
@Suite struct TimeTests {
    @Test func daysCountBothWaysOverTenThousandYears() throws {
        for days in stride(from: -719_528, through: 2_932_896, by: 97) {
            let day = try #require(CivilDate(daysSince1970: days))
            #expect(day.daysSince1970 == days)
            #expect(CivilDate(day.description) == day)
        }
        #expect(CivilDate(daysSince1970: -719_529) == nil)
        #expect(CivilDate(daysSince1970: 2_932_897) == nil)
    }

    @Test func daysAreThoseOfTheGregorianCalendar() throws {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = try #require(TimeZone(secondsFromGMT: 0))
        // Foundation's calendar is Julian before 1582.
        for days in stride(from: -141_000, through: 200_000, by: 331) {
            let parts = calendar.dateComponents(
                [.year, .month, .day], from: Date(timeIntervalSince1970: Double(days) * 86_400))
            let day = try #require(CivilDate(daysSince1970: days))
            #expect([day.year, day.month, day.day] == [parts.year, parts.month, parts.day])
        }
    }

    @Test(arguments: [
        "2026-02-29", "1900-02-29", "2026-13-01", "2026-00-01", "2026-01-00", "2026-04-31", "26-01-01", "2026-1-01",
        "2026/01/01", "-026-01-01", "2026-01-0x", "",
    ])
    func refusesWhatIsNoDay(_ text: String) {
        #expect(CivilDate(text) == nil)
        #expect(Moment(text) == nil)
    }

    @Test(arguments: [
        "1660-01-11", "1660-01-11T21:00", "2026-10-05T23:10+02:00", "2026-10-05T00:00-09:30", "2024-02-29T23:59+14:00",
    ])
    func readsAMomentAsItIsWritten(_ text: String) throws {
        let moment = try #require(Moment(text))
        #expect(moment.description == text)
        #expect(moment.day.description == String(text.prefix(10)))
    }

    @Test(arguments: [
        "2026-10-05T", "2026-10-05T24:00", "2026-10-05T23:60", "2026-10-05 23:10", "2026-10-05T23:10Z",
        "2026-10-05T23:10+2:00", "2026-10-05T23:10+19:00", "2026-10-05T23:10+18:01", "2026-10-05T23:10:00",
        "2026-10-05T23:10*02:00",
    ])
    func refusesWhatIsNoMoment(_ text: String) {
        #expect(Moment(text) == nil)
    }

    @Test func aMomentKeepsTheClockOfItsPlace() {
        #expect(Moment(millisSince1970: 0, offsetMinutes: 0)?.description == "1970-01-01T00:00+00:00")
        #expect(Moment(millisSince1970: -1, offsetMinutes: 60)?.description == "1970-01-01T00:59+01:00")
        #expect(
            Moment(millisSince1970: 1_791_234_600_000, offsetMinutes: -570)?.description == "2026-10-05T11:40-09:30")
        #expect(Moment(millisSince1970: .max / 2, offsetMinutes: 0) == nil)
    }

    @Test func timestampsReadBack() throws {
        var generator = SeededGenerator(seed: 3)
        for _ in 0..<2_000 {
            let time = Timestamp(millisSince1970: Int.random(in: Timestamp.millisRange, using: &generator))
            #expect(Timestamp(time.description) == time)
        }
        #expect(Timestamp(millisSince1970: -1).description == "1969-12-31T23:59:59.999Z")
        #expect(Timestamp(millisSince1970: .max).description == "9999-12-31T23:59:59.999Z")
        #expect(Timestamp(millisSince1970: .min).description == "0000-01-01T00:00:00.000Z")
        #expect(Timestamp("2026-10-16T08:00:00Z") == nil)
        #expect(Timestamp("2026-10-16T08:00:60.000Z") == nil)
    }
}

/// Scales of moods.
@Suite struct MoodScaleTests {
    @Test func everyScaleConvertsThereAndBack() throws {
        for points in 2...101 {
            let scale = try #require(MoodScale(points: points))
            for step in 1...points {
                let valence = try #require(scale.valence(ofStep: step))
                #expect((-100...100).contains(valence))
                #expect(scale.step(ofValence: valence) == step, "\(step) of \(points)")
            }
        }
        #expect((1...5).map(MoodScale.five.valence(ofStep:)) == [-100, -50, 0, 50, 100])
    }

    @Test func refusesWhatIsOnNoScale() {
        #expect(MoodScale(points: 1) == nil)
        #expect(MoodScale(points: 102) == nil)
        #expect(MoodScale.five.valence(ofStep: 0) == nil)
        #expect(MoodScale.five.valence(ofStep: 6) == nil)
        #expect(MoodScale.five.step(ofValence: .max) == 5)
        #expect(MoodScale.five.step(ofValence: .min) == 1)
    }
}
