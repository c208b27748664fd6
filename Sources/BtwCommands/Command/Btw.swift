import Between
import CanonicalJSON
import Records

/// The command `btw`, from its arguments to its exit code.
package enum Btw {
    /// Does what was typed.
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
            console.tell(isJSON ? failure.json.canonicalText : failure.text)
            return failure.exit.rawValue
        }
    }

    private static func run(_ invocation: Invocation, _ console: Console) async throws -> Int32 {
        let globals = invocation.globals
        if globals.wantsVersion {
            console.say("btw \(Version.between), protocol \(Version.protocolNumber), SQLite \(Journal.sqliteVersion)")
            return 0
        }
        if globals.wantsHelp {
            let description = invocation.command.description
            console.say(description.name.isEmpty ? Help.overview : Help.summary(of: description))
            return 0
        }
        let look = Look(
            isPlain: globals.isPlain, isTerminal: console.isOutputTerminal, environment: console.environment)
        let context = try context(console, globals, look)
        let command = try invocation.parsed(in: context.localTime)
        if invocation.command.description.usesJournal {
            guard let home = globals.home else { throw Failure.noHome }
            // Before a text is put there, too.
            try Journal.checkHome(at: home)
        }
        let result: Result<Int32, any Error>
        do {
            let exit = try await command.run(context)
            // What it says is out before it tidies up.
            try console.flush()
            result = .success(exit)
        } catch { result = .failure(error) }
        await context.opened.fold()
        return try result.get()
    }

    /// What a command is given.
    ///
    /// - Throws: ``Failure`` where the clock cannot be written.
    static func context(_ console: Console, _ globals: Globals, _ look: Look) throws(Failure) -> CommandContext {
        let environment = journalEnvironment(globals)
        guard let localTime = localTime(environment) else {
            throw Failure.usage("The clock says a year that btw cannot write.", next: "date")
        }
        return CommandContext(
            console: console, globals: globals, environment: environment, localTime: localTime, look: look,
            opened: OpenedJournals())
    }

    /// The system's time, or the one that `BTW_NOW` fixes.
    private static func journalEnvironment(_ globals: Globals) -> JournalEnvironment {
        guard let now = globals.now else { return .system }
        return JournalEnvironment(now: { now }, offsetMinutes: JournalEnvironment.systemOffset)
    }

    private static func localTime(_ environment: JournalEnvironment) -> LocalTime? {
        let now = environment.now()
        return LocalTime(now: now, offsetMinutes: environment.offsetMinutes(now)) { day, minute in
            // What the clock there says is looked up twice: the offset of the first guess may be of the other side
            // of a change to summer time.
            let asUTC = day.daysSince1970 * 86_400_000 + minute * 60_000
            let guess = environment.offsetMinutes(Timestamp(millisSince1970: asUTC))
            return environment.offsetMinutes(Timestamp(millisSince1970: asUTC - guess * 60_000))
        }
    }
}

/// What this program is.
package enum Version {
    package static let between = "0.1.0"
    /// The version of the exchange that it speaks.
    package static let protocolNumber = 1
}
