import BtwCommands
import Testing

@Suite struct ProgressLineTests {
    private let start = ContinuousClock.now

    @Test func eachTextReplacesTheOneBeforeTenTimesASecondAtMost() {
        var line = ProgressLine()
        let drawn = (0..<1_000).compactMap { line.draw("\($0)", at: start + .milliseconds($0)) }
        #expect(drawn == stride(from: 0, to: 1_000, by: 100).map { "\r\u{1b}[K\($0)" })
    }

    @Test func theLastOneIsErasedAtOnceAndOnce() {
        var line = ProgressLine()
        #expect(line.draw(nil, at: start) == nil)
        #expect(line.draw("1 sent", at: start) == "\r\u{1b}[K1 sent")
        #expect(line.draw(nil, at: start) == "\r\u{1b}[K")
        #expect(line.draw(nil, at: start) == nil)
        #expect(line.draw("again", at: start) == "\r\u{1b}[Kagain")
    }
}
