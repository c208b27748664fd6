import Records
import Testing

/// When a text is plainly a later state of another.
@Suite struct WordPairsTests {
    private func isLater(_ later: String, than earlier: String) -> Bool {
        WordPairs(earlier).share(in: WordPairs(later)) != nil
    }

    @Test(arguments: [
        ("Walk\nBy the river.", "Walk\nBy the river. It rained."), ("A day @work", "A day"),
        ("Walk", "Walk\nBy the river."),
        ("Walk\nBy the river, it rained.", "Walk\nBy the rivr, it rained."), ("a b c d e f", "A b, c d! e x"),
        ("Stand-up\nArgued about the plan at last.", "Stand-up\nAgreed on the plan at last, all of us together."),
        ("Über\nä ö ü", "ÜBER\nÄ Ö Ü"), ("今天公司开会", "今天公司开会了。"),
    ]) func mostOfItStands(_ earlier: String, _ later: String) {
        #expect(isLater(later, than: earlier))
    }

    @Test(arguments: [
        ("At home we talked", "At work we argued"), ("Work\nThe roof leaks.", "Work\nAnna came."),
        ("Work\nThe roof leaks.", "Work"), ("Dentist", "Morning pages"), ("", "Walk"), ("@work", "@work @run"),
        ("Walk", ""), ("…", "!"),
        ("I slept for ten hours and woke late", "I slept"), ("今天公司开会", "昨天去了海边"), ("😀", "😡"),
    ]) func twoTextsAreTwo(_ earlier: String, _ later: String) {
        #expect(!isLater(later, than: earlier))
    }
}
