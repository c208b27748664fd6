import BtwCommands
import CanonicalJSON
import Foundation
import TestSupport
import Testing

/// The output of `--help`, and the text of failures.
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
        let page = Help.summary(of: command)
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
        let example = try #require(Help.summary(of: command).split(separator: "Example: btw ").last)
        // As a shell splits it: quotes group words, and redirections are not arguments.
        let arguments = example.split(separator: " > ")[0].split(separator: "\"", omittingEmptySubsequences: false)
            .enumerated().flatMap { index, part in
                index % 2 == 1 ? [String(part)] : part.split(separator: " ").map(String.init)
            }
        #expect(try Typing.refusal(arguments) == nil)
    }

    @Test(arguments: Commands.descriptions)
    func helpTellsEveryArgumentAndOption(_ command: CommandDescription) {
        let page = Help.text(for: command)
        for line in page.split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
        for label in command.argumentHelp.map(\.label) + command.options.map(\.label) {
            #expect(page.contains("\n  \(label) "), "\(label)")
        }
        #expect(
            command.argumentHelp.allSatisfy { !$0.help.isEmpty }
                && command.options.allSatisfy { !$0.help.isEmpty })
    }

    @Test(arguments: CommandGroup.allCases)
    func aGroupNamesEveryCommandOfIt(_ group: CommandGroup) throws {
        let page = Help.text(for: group)
        for line in page.split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
        let commands = Commands.descriptions(in: group)
        #expect(!commands.isEmpty)
        for command in commands {
            #expect(page.contains("\n  btw \(command.name) "), "\(command.name)")
        }
        #expect(try Typing.command(HelpCommand.self, "help", group.rawValue).text == page)
    }

    @Test func helpIsOfACommandAGroupOrEverything() throws {
        #expect(try Typing.command(HelpCommand.self, "help").text == Help.overview)
        #expect(
            try Typing.command(HelpCommand.self, "help", "list").text
                == Help.text(for: ListCommand.description))
        for command in Commands.descriptions {
            #expect(CommandGroup(rawValue: command.name) == nil, "\(command.name) is a group, too")
        }
    }

    @Test func noTwoCommandsHaveOneName() {
        #expect(Set(Commands.descriptions.map(\.name)).count == Commands.all.count)
    }

    @Test func theManualTellsOfEveryCommandAndIsSafeForMan() {
        let lines = ManualPage.roff.split(separator: "\n", omittingEmptySubsequences: false)
        let macros: Set = [".TH", ".SH", ".SS", ".B", ".PP", ".TP", ".br", ".nf", ".fi", ".RS", ".RE"]
        for line in lines {
            #expect(!line.isEmpty && line.utf8.allSatisfy { $0 < 0x80 }, "\(line)")
            if line.hasPrefix(".") {
                #expect(macros.contains(String(line.prefix { $0 != " " })), "\(line)")
            }
            #expect(!line.hasPrefix("'"), "\(line)")
        }
        for command in Commands.descriptions {
            #expect(lines.contains(".SS btw \(command.name)"), "\(command.name)")
        }
    }

    @Test func theReferenceInDocsIsWhatTheProgramSays() throws {
        let file = Repository.root.appending(path: "docs/commands.md")
        let isSame = try String(contentsOf: file, encoding: .utf8) == Reference.markdown + "\n"
        #expect(isSame, "btw manual --markdown > docs/commands.md")
    }

    @Test func aFailureIsOneLineOfJSONOrTwoForPeople() {
        let failure = Failure(.undecided, code: "ambiguous", "It happened.", next: "btw list")
        #expect(failure.json.canonicalText == #"{"error":"ambiguous","message":"It happened.","next":"btw list"}"#)
        #expect(failure.text == "btw: It happened.\nNext: btw list")
        #expect(Failure.Exit.allCases.map(\.rawValue) == [1, 2, 3, 4, 5, 6])
    }
}
