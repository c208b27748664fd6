/// A command of `btw`: its description, its parsed arguments, and its action.
///
/// Each command is one type in one file, and is listed in ``Commands/all``. Help, completion, the manual and
/// `docs/commands.md` are generated from its ``description``.
package protocol Command: Hashable, Sendable {
    static var description: CommandDescription { get }

    /// Reads the arguments.
    ///
    /// - Throws: ``Failure``: exit 2, or exit 1 for an id that cannot exist.
    init(_ arguments: ParsedArguments) throws(Failure)

    /// Runs the command.
    ///
    /// - Returns: the exit code, one of ``Failure/Exit`` or 0.
    func run(_ context: CommandContext) async throws -> Int32
}
