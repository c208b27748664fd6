import BtwCommands
import CanonicalJSON
import Records
import Testing

/// `btw mood …`.
@Suite struct MoodTests {
    func fields(_ words: String..., energy: String? = nil, isDay: Bool = false) throws -> [FieldName: JSONValue]? {
        try MoodWords(words: words, energy: energy, isDay: isDay).mood()?.draft.fields
    }

    @Test func theSketchOfTheProduct() throws {
        #expect(
            try fields("2", "anxious", "+Sleep", "slept 4h") == [
                "valence": -50, "feelings/anxious": true, "tags/sleep": true, "body": "slept 4h",
            ])
        #expect(try fields("7/10") == ["valence": 33])
        #expect(try fields("Content") == ["feelings/Content": true])
        #expect(try fields("it was fine +work") == ["body": "it was fine +work", "tags/work": true])
        #expect(try fields("3", "a b", "c d") == ["valence": 0, "body": "a b c d"])
        #expect(try fields("3", energy: "5", isDay: true) == ["valence": 0, "energy": 100, "span": "day"])
    }

    @Test(arguments: [
        ("３", 0), ("７/10", 33), ("７／１０", 33), ("٣", 0), ("۵", 100), ("٧/١٠", 33), ("५", 100), ("3️⃣", 0),
        ("\u{200F}٣", 0),
    ])
    func digitsOfAnyScriptAreNumbers(_ typed: String, _ valence: Int) throws {
        #expect(try fields(typed) == ["valence": .integer(valence)])
        #expect(try fields("3", energy: typed) == ["valence": 0, "energy": .integer(valence)])
    }

    @Test func everyStepOfEveryScale() throws {
        for (typed, valence) in zip(1...5, [-100, -50, 0, 50, 100]) {
            #expect(try fields("\(typed)") == ["valence": .integer(valence)])
        }
        for points in 2...101 {
            #expect(try fields("1/\(points)") == ["valence": -100])
            #expect(try fields("\(points)/\(points)") == ["valence": 100])
        }
    }

    @Test(arguments: [
        ["0"], ["6"], ["7/5"], ["3/1"], ["3/200"], ["3/0"], ["0/5"], ["3/"], ["/5"], ["1/2/3"], ["2.5"], ["2,5"],
        ["+3"],
        ["3/+5"], ["99999999999999999999"], ["-1"], ["3", "4"], ["anxious", "2"], [], [""], ["   "], ["+work"],
        ["a,b"], ["3", ""], ["-", "two words"], ["+a,b"], ["+" + String(repeating: "a", count: 65)],
        [String(repeating: "a", count: 65)], ["６"], ["３", "４"], ["３．５"], ["٣٫٥"], ["³"], ["③"], ["½"], ["－３"], ["−3"],
        ["7÷10"], ["７、８"],
        ["6️⃣"],
    ])
    func refusesWhatIsNoMood(_ words: [String]) throws {
        let failure = try #require(try Typing.refusal(["mood", "--"] + words))
        #expect(failure.exit == .usage)
        #expect(failure.message.hasSuffix("Nothing was written."))
    }

    @Test(arguments: ["0", "6", "7/5", "", "high"])
    func energyIsOnTheSameScales(_ typed: String) throws {
        #expect(try Typing.refusal(["mood", "3", "--energy", typed])?.exit == .usage)
    }

    @Test func theBodyMayComeFromStandardInput() throws {
        let mood = try MoodWords(words: ["2", "-"])
        #expect(mood.readsStdin)
        #expect(
            mood.mood(stdin: try NoteText("slept +sleep"))?.draft.fields == [
                "valence": -50, "body": "slept +sleep", "tags/sleep": true,
            ])
        #expect(try MoodWords(words: ["-"]).mood(stdin: try NoteText("")) == nil)
    }

    @Test func anArgumentWithADashInFrontIsAnOption() throws {
        #expect(try Typing.refusal(["mood", "-3"])?.exit == .usage)
    }
}
