/// A command of `btw`: what is told about it, what it was given, and what it does.
///
/// Each is one type in one file, and stands in ``Commands/all``. Help, completion, the manual and `docs/commands.md` are
/// made of its ``description``.
package protocol Command: Hashable, Sendable {
    static var description: CommandDescription { get }

    /// Reads what was typed.
    ///
    /// - Throws: ``Failure``: exit 2, or exit 1 where an id can be none.
    init(_ arguments: ParsedArguments) throws(Failure)

    /// Does it.
    ///
    /// - Returns: the exit code, one of ``Failure/Exit`` or 0.
    func run(_ context: CommandContext) async throws -> Int32
}
