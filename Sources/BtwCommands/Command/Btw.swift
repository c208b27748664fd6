import Between
import CanonicalJSON
import Records
import Synchronization

/// Entry point of the command `btw`: from arguments to exit code.
package enum Btw {
    /// Runs the command that the arguments name.
    ///
    /// - Parameters:
    ///   - arguments: those after the program's name, as bytes.
    ///   - console: the streams and the environment.
    /// - Returns: the exit code, one of ``Failure/Exit`` or 0.
    package static func run(_ arguments: [[UInt8]], _ console: Console) async -> Int32 {
        if arguments.first == Array(ShellCompletion.word.utf8) {
            await ShellCompletion.answer(arguments.dropFirst(), console)
            return 0
        }
        var isJSON = Invocation.wantsJSON(arguments)
        do {
            let invocation = try Invocation(arguments: arguments, environment: console.environment)
            isJSON = invocation.globals.isJSON
            let exit = try await run(invocation, console)
            try console.flush()
            return exit
        } catch is Console.ReaderLeft {
            return 0
        } catch {
            try? console.flush()
            console.progress(nil)
            let failure = Failure.translated(error)
            console.notify(isJSON ? failure.json.canonicalText : failure.text)
            return failure.exit.rawValue
        }
    }

    private static func run(_ invocation: Invocation, _ console: Console) async throws -> Int32 {
        let globals = invocation.globals
        if globals.wantsVersion {
            console.print("btw \(Version.between), protocol \(Version.protocolNumber), SQLite \(Journal.sqliteVersion)")
            return 0
        }
        if globals.wantsHelp {
            let description = invocation.command.description
            console.print(description.name.isEmpty ? Help.overview : Help.summary(of: description))
            return 0
        }
        let style = OutputStyle(
            isPlain: globals.isPlain, isTerminal: console.isOutputTerminal, environment: console.environment)
        let context = try context(console, globals, style)
        let command = try invocation.parsed(in: context.localTime)
        if invocation.command.description.usesJournal {
            guard let home = globals.home else { throw Failure.noHome }
            // Also before a draft is stored in the home.
            try Journal.checkHome(at: home)
        }
        let result: Result<Int32, any Error>
        do {
            let exit = try await command.run(context)
            // Its output is written before the checkpoint, which may take time.
            try console.flush()
            result = .success(exit)
        } catch { result = .failure(error) }
        await context.opened.fold()
        return try result.get()
    }

    /// Makes the context that a command runs in.
    ///
    /// - Throws: ``Failure`` if the system's year is out of range.
    static func context(_ console: Console, _ globals: Globals, _ style: OutputStyle) throws(Failure) -> CommandContext
    {
        let environment = journalEnvironment(globals)
        guard let localTime = localTime(environment) else {
            throw Failure.usage("The clock says a year that btw cannot write.", next: "date")
        }
        return CommandContext(
            console: console, globals: globals, environment: environment, localTime: localTime, style: style,
            opened: OpenedJournals())
    }

    /// The system's clock, or the time that `BTW_NOW` fixes.
    private static func journalEnvironment(_ globals: Globals) -> JournalEnvironment {
        guard let now = globals.now else { return .system }
        return JournalEnvironment(now: { now }, offsetMinutes: JournalEnvironment.systemOffset)
    }

    private static func localTime(_ environment: JournalEnvironment) -> LocalTime? {
        let now = environment.now()
        return LocalTime(now: now, offsetMinutes: environment.offsetMinutes(now)) { day, minute in
            // The offset is looked up twice: that of the first guess may be from the other side of a daylight saving
            // change.
            let asUTC = day.daysSince1970 * 86_400_000 + minute * 60_000
            let guess = environment.offsetMinutes(Timestamp(millisSince1970: asUTC))
            return environment.offsetMinutes(Timestamp(millisSince1970: asUTC - guess * 60_000))
        }
    }
}

package enum Version {
    package static let between = "0.1.0"
    /// The version of the sync protocol that it implements.
    package static let protocolNumber = 1
}

/// The journals that a command opened, which are checkpointed into one file each at its end.
final class OpenedJournals: Sendable {
    private let journals = Mutex<[Journal]>([])

    func add(_ journal: Journal) { journals.withLock { $0.append(journal) } }

    /// See ``Journal/fold()``.
    func fold() async {
        for journal in journals.withLock(\.self) { await journal.fold() }
    }
}
