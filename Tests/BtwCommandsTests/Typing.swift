import BtwCommands
import Causality
import Records
import Testing

/// Command lines as typed on a Friday in Berlin.
enum Typing {
    static let now = "2026-10-16T10:30+02:00"

    static func localTime() throws -> LocalTime {
        let now = try #require(Moment(now))
        // Summer time until the last Sunday of October, as in Berlin.
        return LocalTime(now: now) { day, _ in day.month < 10 || day.month == 10 && day.day < 25 ? 120 : 60 }
    }

    static func invocation(
        _ arguments: [String], environment: [String: String] = ["HOME": "/home/sam"], isMacOS: Bool = false
    ) throws(Failure) -> Invocation {
        try Invocation(
            arguments: arguments.map { Array($0.utf8) }, environment: { environment[$0] }, isMacOS: isMacOS)
    }

    /// The parsed command, if it is of this type.
    static func command<Typed: Command>(
        _ type: Typed.Type, _ arguments: String..., sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> Typed {
        try command(type, arguments, sourceLocation: sourceLocation)
    }

    static func command<Typed: Command>(
        _ type: Typed.Type, _ arguments: [String], sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> Typed {
        let command = try invocation(arguments).parsed(in: localTime())
        return try #require(command as? Typed, "\(arguments) is another command", sourceLocation: sourceLocation)
    }

    /// The failure; `nil` if it was accepted.
    static func refusal(_ arguments: [String]) throws -> Failure? {
        let localTime = try localTime()
        do throws(Failure) {
            _ = try invocation(arguments).parsed(in: localTime)
            return nil
        } catch {
            return error
        }
    }
}
