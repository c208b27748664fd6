import BtwCommands
import CanonicalJSON
import Testing

/// What `--help` prints, and how failures read.
@Suite struct HelpTests {
    @Test func theOverviewFitsAScreen() {
        let lines = Help.overview.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.count <= 23, "the shell's prompt needs a line too")
        for line in lines { #expect(line.count <= 80, "\(line)") }
        #expect(Help.overview.contains("Not a crisis service"))
    }

    @Test func theOverviewNamesWhatThereIs() {
        for command in Commands.descriptions {
            #expect(Help.overview.contains(command.name), "\(command.name)")
        }
    }

    @Test(arguments: Commands.descriptions)
    func everyCommandHasAPageWithItsOptionsAndAnExample(_ command: CommandDescription) {
        let page = Help.text(for: command)
        let lines = page.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.count <= 10)
        for line in lines { #expect(line.count <= 80, "\(line)") }
        #expect(page.hasPrefix("Usage: btw \(command.name)"))
        #expect(page.contains("Example: btw \(command.name)"))
        for option in command.options {
            #expect(
                page.contains(option.value.map { "\(option.name) \($0)" } ?? option.name)
                    || option.value == "N" && page.contains("\(option.name) 50"), "\(option.name)")
        }
    }

    @Test(arguments: Commands.descriptions)
    func everyExampleIsOneThatWorks(_ command: CommandDescription) throws {
        let example = try #require(Help.text(for: command).split(separator: "Example: btw ").last)
        // As a shell splits it: quotes hold words together, and what is redirected is no argument.
        let arguments = example.split(separator: " > ")[0].split(separator: "\"", omittingEmptySubsequences: false)
            .enumerated().flatMap { index, part in
                index % 2 == 1 ? [String(part)] : part.split(separator: " ").map(String.init)
            }
        #expect(try Typing.refusal(arguments) == nil)
    }

    @Test func aFailureIsOneLineOfJSONOrTwoForPeople() {
        let failure = Failure(.undecided, code: "ambiguous", "It happened.", next: "btw list")
        #expect(failure.json.canonicalText == #"{"error":"ambiguous","message":"It happened.","next":"btw list"}"#)
        #expect(failure.text == "btw: It happened.\nNext: btw list")
        #expect(Failure.Exit.allCases.map(\.rawValue) == [1, 2, 3, 4, 5, 6])
    }
}
