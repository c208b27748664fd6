import BtwCommands
import Causality
import Records
import Testing

/// The completions at the cursor.
@Suite struct CompletionTests {
    private func words(_ typed: String..., splitsEquals: Bool = false) -> [String]? {
        guard case .words(let proposals) = CompletionRequest(typed, splitsEquals: splitsEquals).place
        else { return nil }
        return proposals.map(\.word)
    }

    private func values(_ typed: String..., splitsEquals: Bool = false) -> Completion? {
        guard case .values(let completion) = CompletionRequest(typed, splitsEquals: splitsEquals).place
        else {
            return nil
        }
        return completion
    }

    @Test func aCommandStandsFirst() throws {
        #expect(words("") == Commands.descriptions.map(\.name))
        #expect(words("re") == ["restore", "recovery", "recover"])
        #expect(words("--json", "h") == ["hw", "history", "help"])
        #expect(words("--home", "/x", "li") == ["list"])
        #expect(words("nonsense", "") == nil)
        guard case .words(let proposals) = CompletionRequest(["list"]).place else {
            return #expect(Bool(false))
        }
        #expect(proposals == [.init(word: "list", help: ListCommand.description.summary)])
    }

    @Test func optionsAreThoseOfTheCommandThatAreNotThereYet() throws {
        #expect(words("list", "--t") == ["--to", "--tag", "--trash"])
        #expect(words("list", "--tag", "x", "--t") == ["--to", "--trash"])
        #expect(words("note", "--tag", "x", "--ta") == ["--tag"])
        #expect(words("--v") == ["--version"])
        #expect(
            words("show", "n3f0", "--") == Globals.options.map(\.name).filter { $0 != "-q" } + ["--clock"]
        )
    }

    @Test func valuesAreWhatTheDescriptionSays() throws {
        #expect(values("show", "") == .entry(nil))
        #expect(values("show", "n3f0", "") == .nothing)
        #expect(values("done", "") == .entry(.homework))
        #expect(values("restore", "") == .trashed)
        #expect(values("note", "--about", "n") == .entry(nil))
        #expect(values("note", "--about=n") == .entry(nil))
        #expect(values("note", "--about", "=", "n", splitsEquals: true) == .entry(nil))
        #expect(values("note", "--about", "=", splitsEquals: true) == .entry(nil))
        #expect(values("hw", "--due", "") == .words(["next", "today", "tomorrow"]))
        #expect(values("import", "jrnl", "") == .file)
        #expect(values("device", "remove", "") == .device)
        #expect(values("quarantine", "adopt", "") == .quarantined)
        #expect(values("--home", "") == .folder)
        #expect(values("--home=", "list", "--home=/x") == .folder)
        #expect(values("help", "") == .command)
        #expect(words("device", "") == ["add", "remove"])
        #expect(words("list", "s") == ["sessions"])
    }

    @Test func afterTwoDashesAndInANoteIsNothing() {
        #expect(values("note", "--", "--t") == .nothing)
        #expect(values("note", "a", "") == .nothing)
        #expect(values("two words", "") == .nothing)
    }

    @Test func whatStandsBeforeTheValueIsKnown() {
        let request = CompletionRequest(["note", "--about=n3"])
        #expect(request.prefix == "--about=" && request.typed == "n3")
        let split = CompletionRequest(["note", "--about", "=", "n3"], splitsEquals: true)
        #expect(split.prefix == "--about=" && split.typed == "n3")
    }

    @Test(arguments: [
        ["--home", "/a b"], ["--home=/a b"], ["--home", "'/a b'"], ["--home", "/a\\ b"],
    ])
    func theHomeIsTheOneThatIsNamed(_ words: [String]) {
        #expect(CompletionRequest(words + ["show", ""]).home == "/a b")
    }

    @Test func anIDThatIsBeingTypedIsAnyBeginning() throws {
        let id = try #require(EntryID("3f0a0000000000000000000000"))
        for typed in ["", "n", "3", "n3", "n3f0", "3F0A"] {
            #expect(IDPrefix(beginning: typed)?.range.contains(id) == true, "\(typed)")
        }
        #expect(IDPrefix(beginning: "n4")?.range.contains(id) == false)
        #expect(IDPrefix(beginning: "h3")?.matches(.note) == false)
        for typed in ["n9", "u", "n3\u{e9}", String(repeating: "0", count: 27)] {
            #expect(IDPrefix(beginning: typed) == nil, "\(typed)")
        }
    }
}
