import BtwCommands
import Testing

/// Progress lines without a newline on stderr, and the output after them.
@Suite struct ErrorLineTests {
    private let now = ContinuousClock.now
    private var line = ErrorLine()

    @Test mutating func whatIsSaidInTheMiddleOfAQuestionBeginsOnALineOfItsOwn() {
        #expect(line.begin(at: now) == "")
        #expect(line.ask("Sure? ", at: now) == "Sure? ")
        #expect(line.draw("3 sent", at: now) == nil, "the question stays")
        #expect(line.begin(at: now) == "\n")
        #expect(line.begin(at: now) == "")
        line.answered(endingLine: true)
        #expect(line.begin(at: now) == "")
    }

    @Test mutating func anAnswerEndsTheLineIfItWasTypedThere() {
        for isEnded in [true, false] {
            #expect(line.ask("Sure? ", at: now) == "Sure? ")
            line.answered(endingLine: isEnded)
            #expect(line.begin(at: now) == (isEnded ? "" : "\n"))
        }
        _ = line.ask("Sure? ", at: now)
        line.answered(endingLine: false)
        #expect(line.ask("Really? ", at: now) == "\nReally? ")
        #expect(line.endLine() == "\n")
        #expect(line.endLine() == "")
    }

    @Test mutating func progressIsTakenAwayAndAQuestionIsNot() {
        let drawn = line.draw("1 sent", at: now) ?? ""
        #expect(drawn.hasSuffix("1 sent"))
        let erased = line.begin(at: now)
        #expect(erased == String(drawn.dropLast(6)))
        #expect(line.begin(at: now) == "")
        _ = line.ask("Sure? ", at: now)
        line.answered(endingLine: false)
        #expect(line.draw(nil, at: now) == nil)
        #expect(line.draw("2 sent", at: now) == "\n\(erased)2 sent")
    }
}
