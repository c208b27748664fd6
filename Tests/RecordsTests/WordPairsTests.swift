import Records
import Testing

/// Whether a text is plainly a later state of another.
@Suite struct WordPairsTests {
    private func isLater(_ later: String, than earlier: String) -> Bool {
        WordPairs(earlier).share(in: WordPairs(later)) != nil
    }

    @Test(arguments: [
        ("Walk\nBy the river.", "Walk\nBy the river. It rained."), ("A day @work", "A day"),
        ("Walk\nBy the river.", "Walk\nBy the wide river."), ("Über\nä ö ü", "ÜBER\nÄ Ö Ü"),
        ("Monday\nSlept well. Ate bread. Met Anna.", "Monday\nSlept well. Ate bread. Met Anna at noon."),
        ("a b c d e f g h i j", "A b, c d! e f g h i x"), ("今天公司开会讨论了新计划", "今天公司开会讨论了新计划。很累"),
        (
            "Work\n" + (1...30).map { "w\($0)" }.joined(separator: " "),
            "Toil\n" + (1...30).map { $0 % 10 == 0 ? "x" : "w\($0)" }.joined(separator: " ")
        ),
    ]) func mostOfItStands(_ earlier: String, _ later: String) {
        #expect(isLater(later, than: earlier))
    }

    @Test(arguments: [
        ("At home we talked", "At work we argued"), ("Work\nThe roof leaks.", "Work\nAnna came."),
        ("Work\nThe roof leaks.", "Work"), ("Dentist", "Morning pages"), ("", "Walk"), ("@work", "@work @run"),
        ("Walk", ""), ("…", "!"),
        ("I slept for ten hours and woke late", "I slept"), ("今天公司开会", "昨天去了海边"), ("😀", "😡"),
        ("Mood 😀", "Mood 😡"), ("Went to the gym.", "Went to the cinema with Anna."),
        ("Took my pills.", "Took my dog to the vet."), ("I am tired", "I am happy and in love"),
        ("Slept badly again.", "Slept badly because of the neighbours."),
        ("I had a good day.", "I had a good talk with mum about dad."),
        ("Today I feel good", "Today I feel nothing at all"),
        ("Lunch", "Lunch with my ex, it was terrible and I cried"), ("早上去公司开会", "早上去公园跑步"),
        ("Walk\nBy the river, it rained.", "Walk\nBy the sea, it rained."),
        (
            "Daily log\nWhat went well: sleep. What went badly: work. Tomorrow: gym.",
            "Daily log\nWhat went well: lunch. What went badly: the bus. Tomorrow: rest."
        ),
        (
            "Daily log\nWhat went well: I slept for nine hours and felt rested. What went badly: the meeting with Tom.",
            "Daily log\nWhat went well: I ran ten miles along the river. What went badly: the car broke down again."
        ),
    ]) func twoTextsAreTwo(_ earlier: String, _ later: String) {
        #expect(!isLater(later, than: earlier))
    }
}
