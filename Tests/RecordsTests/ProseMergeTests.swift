import Records
import Testing

/// The expected merges of concurrently edited texts, row by row.
struct ProseMergeTests {
    private func merge(_ base: String, _ versions: String...) -> ProseMerge {
        ProseMerge(base: base, versions: versions)
    }

    private let pepys = [
        "In the morning before I went forth old East brought me a dozen of bottles of sack, "
            + "and I gave him a shilling for his pains.",
        "Then I went to Mr. Sheply who was drawing of sack in the wine cellar.",
        "Thence I went to the Temple to speak with Mr. Calthropp about the £60 due to my Lord.",
        "Then I went to Will’s again, where I found them still at cards.",
        "So home and to bed.",
    ]

    @Test func editsOfDifferentParagraphsBothStand() {
        let merge = merge("One.\n\nTwo.\n\nThree.\n", "Uno.\n\nTwo.\n\nThree.\n", "One.\n\nTwo.\n\nTres.\n")
        #expect(merge.text == "Uno.\n\nTwo.\n\nTres.\n")
        #expect(merge.doubled == [])
    }

    @Test func twoRewritesOfOneSentenceStandOneAfterTheOther() {
        let merge = merge("I slept. I ran far. I ate.", "I slept. I ran home. I ate.", "I slept. I ran off. I ate.")
        #expect(merge.text == "I slept. I ran home. I ran off. I ate.")
        #expect(merge.doubled == [ProseMerge.Doubled(versions: ["I ran home.", "I ran off."])])
    }

    @Test func firstAndLastSentenceEditedApartBothStand() {
        let first = ["Old East brought me sack."] + pepys.dropFirst()
        let last = pepys.dropLast() + ["So to bed."]
        let both = ["Old East brought me sack."] + pepys[1...3] + ["So to bed."]
        let merge = merge(
            pepys.joined(separator: " "), first.joined(separator: " "), last.joined(separator: " "))
        #expect(merge.text == both.joined(separator: " "))
        #expect(merge.doubled == [])
    }

    @Test func neighbouringSentencesEditedApartBothStand() {
        #expect(merge("One. Two. Three.", "Uno. Two. Three.", "One. Dos. Three.").text == "Uno. Dos. Three.")
    }

    @Test func listItemsAddedAtDifferentPlaces() {
        let merge = merge("- a\n- b\n- c", "- a\n- after a\n- b\n- c", "- a\n- b\n- c\n- after c")
        #expect(merge.text == "- a\n- after a\n- b\n- c\n- after c")
    }

    @Test func listItemsAddedAtOnePlace() {
        let merge = merge("- a\n- b", "- a\n- b\n- c", "- a\n- b\n- d")
        #expect(merge.text == "- a\n- b\n- c\n- d")
        #expect(merge.doubled == [])
    }

    @Test func listItemsTickedApart() {
        let merge = merge(
            "Do:\n- [ ] run\n- [ ] eat", "Do:\n- [x] run\n- [ ] eat\n", "Do:\n- [ ] run\n- [x] eat\n  - [ ] rice")
        #expect(merge.text == "Do:\n- [x] run\n- [x] eat\n  - [ ] rice\n")
    }

    @Test func listItemRewrittenByBothStaysAList() {
        let merge = merge("- a\n- b\n- c", "- a\n- x. More.\n- c", "- a\n- y\n- c")
        #expect(merge.text == "- a\n- x. More.\n- y\n- c")
        #expect(merge.doubled == [ProseMerge.Doubled(versions: ["- x. More.", "- y"])])
        #expect(self.merge("- a", "- b", "- c").text == "- b\n- c")
    }

    @Test func listItemIsNeverPulledIntoALine() {
        #expect(merge("Foo. Bar.\n- x", "Foo. Baz. Bar.\n- x", "Foo.\n- x").text == "Foo. Baz.\n- x")
    }

    @Test(arguments: ["\n\n", "\n", " "])
    func appendedByBoth(separator: String) {
        let merge = merge("One.", "One." + separator + "Two.", "One." + separator + "Three.")
        #expect(merge.text == "One." + separator + "Two." + separator + "Three.")
        #expect(merge.doubled == [])
    }

    @Test func appendedByBothKeepsOneLineBreakAtTheEnd() {
        #expect(merge("One.\n", "One.\n\nTwo.\n", "One.\n\nThree.\n").text == "One.\n\nTwo.\n\nThree.\n")
        #expect(merge("One.\n", "One.\n\nTwo.", "One.\n\nThree.").text == "One.\n\nTwo.\n\nThree.")
    }

    @Test func appendedByBothAloneStandsOnce() {
        let merge = merge("One.", "One.\n\nSame.\n\nTwo.", "One.\n\nSame.\n\nThree.")
        #expect(merge.text == "One.\n\nSame.\n\nTwo.\n\nThree.")
    }

    @Test func writtenApartFromNothing() {
        #expect(merge("", "One.", "Two.").text == "One.\n\nTwo.")
        #expect(merge("", "One.\n", "Two.\n").text == "One.\n\nTwo.\n")
        #expect(merge("", "One.", "Two.").doubled == [])
    }

    @Test func deletedHereRewrittenThere() {
        for (first, second) in [("One. Three.", "One. Dos. Three."), ("One. Dos. Three.", "One. Three.")] {
            let merge = merge("One. Two. Three.", first, second)
            #expect(merge.text == "One. Dos. Three.")
            #expect(merge.doubled == [])
        }
        #expect(merge("One.\n\nTwo.", "One.", "One.\n\nDos.").text == "One.\n\nDos.")
    }

    @Test func deletedHereKeptThere() {
        #expect(merge("One. Two. Three.", "One. Three.", "One. Two. Tres.").text == "One. Tres.")
        #expect(merge("One.\n\nTwo.\n\nThree.", "One.\n\nThree.", "One.\n\nTwo.\n\nTres.").text == "One.\n\nTres.")
    }

    @Test func deletedByBoth() {
        #expect(merge("One. Two. Three.", "One.", "Three.").text == "")
        #expect(merge("One. Two. Three.", "One. Three.", "Two. Three.").text == "Three.")
        #expect(merge("One.\n\nTwo.\n", "One.\n", "Two.\n").text == "")
        #expect(merge("One.\n\nTwo.\n\nThree.", "One.\n\nTwo.", "One.\n\nThree.").text == "One.")
    }

    @Test func hardWrappedParagraphIsNeverInterleaved() {
        let base = """
            I went down to the river in the early morning and found that
            the boats had all gone out, and nobody was left to ask about
            the weather or the tide, so I walked home along the old wall.
            """
        let first = """
            We walked to the river before anyone else was up that day and
            saw the boats going out one after the other in the long grey
            light, and then we went home.
            """
        let second = """
            Nothing of this happened, or if it did it was in another year
            and with other people, and the boats were only painted on the
            wall of the old harbour office.
            """
        let merge = merge(base, first, second)
        #expect(merge.text == first + " " + second)
        #expect(merge.doubled == [ProseMerge.Doubled(versions: [first, second])])
    }

    @Test func threeVersions() {
        let merge = merge("One. Two. Three.", "Uno. Two. Three.", "One. Dos. Three.", "One. Two. Tres.")
        #expect(merge.text == "Uno. Dos. Tres.")
    }

    @Test func threeRewritesOfOneSentence() {
        let merge = merge("One. Two.", "Uno. Two.", "Eins. Two.", "Un. Two.")
        #expect(merge.text == "Uno. Eins. Un. Two.")
        #expect(merge.doubled == [ProseMerge.Doubled(versions: ["Uno.", "Eins.", "Un."])])
    }

    @Test func slipsMendedInNeighboursAreEditsOfTheirOwn() {
        let merge = merge(
            "I wnet home. We aet bread.", "I went home. We ate bread.", "I wnet home. Then it rained. We aet bread.")
        #expect(merge.text == "I went home. Then it rained. We ate bread.")
    }

    @Test func rewritesAlikeInPartShareThatPart() {
        let merge = merge("One. Two.", "Uno. Dos.", "Uno. Deux.")
        #expect(merge.text == "Uno. Dos. Deux.")
        #expect(merge.doubled == [ProseMerge.Doubled(versions: ["Dos.", "Deux."])])
    }

    @Test func paragraphSplitHereEditedThere() {
        #expect(merge("One. Two. Three.", "One.\n\nTwo. Three.", "One. Dos. Three.").text == "One.\n\nDos. Three.")
        #expect(merge("One.\n\nTwo. Three.", "One. Two. Three.", "One.\n\nTwo. Tres.").text == "One. Two. Tres.")
    }

    @Test func rewritesWithoutAFullStopStayApart() {
        let merge = merge("milk", "oat milk", "soy milk")
        #expect(merge.text == "oat milk\nsoy milk")
        #expect(merge.doubled == [ProseMerge.Doubled(versions: ["oat milk", "soy milk"])])
    }

    @Test func chineseSentencesNeedNoSpaces() {
        let merge = merge("我早起。我去河边。我回家。", "我晚起。我去河边。我回家。", "我早起。我去河边。我睡了。")
        #expect(merge.text == "我晚起。我去河边。我睡了。")
        #expect(self.merge("我早起。", "我晚起。", "我睡了。").text == "我晚起。我睡了。")
    }

    @Test func onlyWhiteSpaceChanged() {
        let merge = merge("One. Two.\n\nThree.", "One. Two.\n\n\nThree.", "One.  Two.\n\nThree.\n")
        #expect(merge.text == "One.  Two.\n\n\nThree.\n")
    }

    @Test func aWholeBookOfSentencesEditedApart() {
        // Too many for one table between the first and the last change, so anchored on unique sentences.
        let base = (0..<6000).map { $0 % 3 == 0 ? "Again." : "Sentence \($0)." }
        var versions = [base, base]
        var both = base
        for place in stride(from: 5990, to: 0, by: -20) {
            let version = place / 20 % 2
            versions[version][place] = "Edited \(place)."
            both[place] = "Edited \(place)."
        }
        for separator in [" ", "\n", "\n\n"] {
            let texts = versions.map { $0.joined(separator: separator) }
            let merge = ProseMerge(base: base.joined(separator: separator), versions: texts)
            #expect(merge.text == both.joined(separator: separator))
        }
    }

    @Test func equallySpeltIsNotEqual() {
        let composed = "Caf\u{E9}."
        let decomposed = "Cafe\u{301}."
        #expect(merge(composed, decomposed).text.utf8.elementsEqual(decomposed.utf8))
        #expect(merge(composed, decomposed) != merge(composed, composed))
    }

    @Test func oddTexts() {
        #expect(merge("").text == "")
        #expect(ProseMerge(base: "Base.", versions: []).text == "Base.")
        #expect(merge("x", "", "").text == "")
        #expect(merge("x", "", " \n").text == "")
        #expect(merge("\n\n", "  ", "One.").text == "One.")
        #expect(merge("One.\r\nTwo.\r\n", "Uno.\r\nTwo.\r\n", "One.\r\nDos.\r\n").text == "Uno.\r\nDos.\r\n")
        let zalgo = "x" + String(repeating: "\u{301}\u{302}", count: 20_000)
        #expect(merge("a. b", zalgo + ". b", "a. c").text.utf8.count > zalgo.utf8.count)
    }
}
