public import Wire

/// The answers of a side to every message in every state as a readable table: a line a message, a column a state.
public struct MessageTable {
    public struct Cell {
        public let message: Message
        public let state: String
        public let expected: String
    }

    /// Row by row.
    public let cells: [Cell]

    /// Is `nil` unless there is a row for every message, in the order of ``Sample/messages``, with a cell for every
    /// state.
    public init?(_ text: String) {
        let lines = text.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        guard let states = lines.first?.dropFirst(), lines.count - 1 == Sample.messages.count else { return nil }
        var cells: [Cell] = []
        for (line, message) in zip(lines.dropFirst(), Sample.messages) {
            guard line.first == Sample.name(message), line.count == states.count + 1 else { return nil }
            for (state, expected) in zip(states, line.dropFirst()) {
                cells.append(Cell(message: message, state: state, expected: expected))
            }
        }
        self.cells = cells
    }
}
