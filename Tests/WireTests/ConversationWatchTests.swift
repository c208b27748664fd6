import Testing
import Wire

@Suite struct ConversationWatchTests {
    @Test func theTimerRunsWhileAnAnswerIsDue() {
        var watch = ConversationWatch()
        #expect(watch.answers(areDue: false, isNews: true) == nil)
        #expect(watch.answers(areDue: true, isNews: false) == .start)
        #expect(watch.answers(areDue: true, isNews: false) == nil)
        #expect(watch.answers(areDue: true, isNews: true) == .start)
        #expect(watch.fired(.answer) == .timeout)
        #expect(watch.answers(areDue: false, isNews: true) == .cancel)
        #expect(watch.fired(.answer) == .nothing)
    }

    @Test func whoeverDoesNotAnswerAPingIsGone() {
        var watch = ConversationWatch()
        #expect(watch.fired(.silence) == .ping)
        watch.heard()
        #expect(watch.fired(.silence) == .ping)
        #expect(watch.fired(.silence) == .timeout)
    }
}
