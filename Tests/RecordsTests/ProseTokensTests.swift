import Records
import Testing

struct ProseTokensTests {
    private func sentences(_ text: String) -> [String] {
        contents(ProseTokens(sentencesOf: Array(text.utf8)))
    }

    private func contents(_ tokens: ProseTokens) -> [String] {
        tokens.tokens.indices.map { String(decoding: tokens.content($0), as: UTF8.self) }
    }

    @Test func paragraphs() {
        let tokens = ProseTokens(paragraphsOf: Array(" \n  One\nmore. \n \t\n\n  Two\n ".utf8))
        #expect(contents(tokens) == ["  One\nmore.", "  Two"])
        #expect(Array(tokens.lead) == Array(" \n".utf8))
        #expect(Array(tokens.end) == Array("\n ".utf8))
    }

    @Test(arguments: [
        "", " ", "\n", " \n\n ", "a", "a.", "a. ", "A. B", "One. Two", "One.\n\nTwo.\n", "\n\nx\n \ny. Z!? “Q.” W",
        "...", ". . .", "a\n\n\n", "- a\n  - b\n\n\t\n> c", "。！", "\r\n\r\n", "“", "1. a\n2. b",
    ])
    func nothingIsLost(text: String) {
        let bytes = Array(text.utf8)
        for tokens in [ProseTokens(paragraphsOf: bytes), ProseTokens(sentencesOf: bytes)] {
            var all = Array(tokens.lead)
            for index in tokens.tokens.indices {
                #expect(!tokens.content(index).isEmpty)
                all += tokens.content(index) + tokens.separator(index)
            }
            #expect(all == bytes)
        }
    }

    @Test func endsOfSentences() {
        #expect(sentences("One. Two! Three? Four… Five?! Six") == ["One.", "Two!", "Three?", "Four…", "Five?!", "Six"])
        let quoted = ["“One.”", "(Two.)", "*Three.*", "«Quatre !»", "Five."]
        #expect(sentences(quoted.joined(separator: " ")) == quoted)
        #expect(sentences("好。坏！吗？Yes.") == ["好。", "坏！", "吗？", "Yes."])
        #expect(sentences("他说「好。」然后走了。") == ["他说「好。」然后走了。"])
        #expect(sentences("Die Straße. Das ß. Ende.") == ["Die Straße.", "Das ß. Ende."])
    }

    @Test(arguments: [
        "I met Mr. Smith, Dr. Who and St. John.", "So (e.g. Monday), i.e. soon, at 5 p.m. Paris time.",
        "J. R. R. Tolkien and J.R.R. Tolkien.", "Am 3. Mai, d.h. bald, z.B. Hr. Müller bzw. Fr. Ö. Nr. 5.",
        "Wait... what?", "It cost 3.50 or so, see a.b for it.", "“Mr. Smith”, 'Mr. Smith', words:—“etc. Words",
        "He said “No!” and left.", "No. 5 it is.", "1. Milk",
    ])
    func notEndsOfSentences(text: String) {
        #expect(sentences(text) == [text])
    }

    @Test func apostrophesMakeNoInitials() {
        #expect(sentences("I don't. I won’t. It was John's. So.") == ["I don't.", "I won’t.", "It was John's.", "So."])
    }

    @Test func linesStandAlone() {
        #expect(sentences("milk\neggs  \n  rye") == ["milk", "eggs", "  rye"])
        let long = String(repeating: "word ", count: 12) + "end"
        #expect(sentences(long + "\n" + long) == [long + "\n" + long])
        #expect(sentences(long + "\n*that* one\nx") == [long + "\n*that* one", "x"])
        #expect(sentences(long + "\n1660. x") == [long + "\n1660. x"])
        for marker in ["- ", "* ", "+ ", "1. ", "12) ", "# ", "## ", "> ", ">", "| ", "• ", "  - "] {
            #expect(sentences(long + "\n" + marker + "x") == [long, marker + "x"], "\(marker)")
        }
    }
}
