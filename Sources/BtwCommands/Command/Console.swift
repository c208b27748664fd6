import Foundation
import Synchronization

/// The standard streams of the process: data on stdout, messages on stderr, text and answers from stdin.
///
/// Output to stdout is buffered and written in pieces of 64 KiB, and flushed explicitly where a reader waits for it.
package final class Console: Sendable {
    package let environment: @Sendable (String) -> String?
    package let isInputTerminal = isatty(STDIN_FILENO) == 1
    package let isOutputTerminal = isatty(STDOUT_FILENO) == 1
    package let isErrorTerminal = isatty(STDERR_FILENO) == 1
    private let output = Mutex<(pending: [UInt8], error: Int32)>(([], 0))
    private let errorLine = Mutex(ErrorLine())
    private static let pieceMax = 64 * 1024

    package init(environment: @escaping @Sendable (String) -> String?) {
        self.environment = environment
        Self.occupyClosedStreams()
        // A reader that closes the pipe must not end the process in the middle of a change.
        signal(SIGPIPE, SIG_IGN)
    }

    /// Removes control characters that are not this program's own.
    private func escaped(_ text: String) -> String {
        TerminalEscaping.output(text, keeping: isOutputTerminal ? OutputStyle.sequences : [])
    }

    /// Writes a line to stdout.
    package func print(_ line: String) {
        let line = escaped(line)
        if isOutputTerminal { endLine() }
        output.withLock { output in
            output.pending += Array(line.utf8) + [UInt8(ascii: "\n")]
            if output.pending.count >= Self.pieceMax { Self.drain(&output) }
        }
    }

    /// The reader of stdout has closed it: printing more is useless, and not a failure.
    package struct ReaderLeft: Error {}

    /// Writes a line to stdout, for a command that only prints.
    ///
    /// - Throws: ``ReaderLeft``, or ``Failure``, if an earlier line was not written.
    package func stream(_ line: String) throws {
        print(line)
        try check(output.withLock(\.error))
    }

    /// Flushes stdout, for output that counts as shown only after it was written.
    ///
    /// - Throws: ``ReaderLeft``, or ``Failure`` if not all of it was written.
    package func deliver() throws {
        try check(
            output.withLock { output in
                Self.drain(&output)
                return output.error
            })
    }

    private func check(_ error: Int32) throws {
        if error == EPIPE { throw ReaderLeft() }
        if error != 0 { throw Self.unwritten(error) }
    }

    /// Writes a line to stderr, unbuffered.
    package func notify(_ line: String) {
        let line = escaped(line)
        _ = errorLine.withLock { Self.write(Array(($0.begin(at: .now) + line + "\n").utf8), to: STDERR_FILENO) }
    }

    /// Shows progress on a terminal: each text replaces the one before, and `nil` removes it.
    package func progress(_ text: String?) {
        guard isErrorTerminal else { return }
        errorLine.withLock { line in
            guard let drawing = line.draw(text.map(escaped), at: .now) else { return }
            Self.write(Array(drawing.utf8), to: STDERR_FILENO)
        }
    }

    /// Flushes stdout.
    ///
    /// - Throws: ``Failure`` if not all of it was written; a closed pipe is not a failure.
    package func flush() throws(Failure) {
        let error = output.withLock { output in
            Self.drain(&output)
            return output.error
        }
        guard error == 0 || error == EPIPE else { throw Self.unwritten(error) }
    }

    private static func unwritten(_ error: Int32) -> Failure {
        Failure(
            .unusable, code: "output",
            "The output could not be written: \(String(cString: strerror(error))). "
                + "What was changed is saved; only printing it failed.", next: "btw list")
    }

    /// Reads all of stdin, up to a limit.
    package func readAll(lengthMax: Int) throws(Failure) -> [UInt8] {
        var bytes: [UInt8] = []
        try readAll(into: &bytes, lengthMax: lengthMax)
        return bytes
    }

    /// As ``readAll(lengthMax:)``; bytes that were read before an error are in `bytes`.
    package func readAll(into bytes: inout [UInt8], lengthMax: Int) throws(Failure) {
        var piece = [UInt8](repeating: 0, count: Self.pieceMax)
        while true {
            let count = read(STDIN_FILENO, &piece, piece.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else {
                throw Failure(
                    .unusable, code: "input",
                    "Standard input could not be read: \(String(cString: strerror(errno))). \(Failure.nothingWritten)",
                    next: "btw note --help")
            }
            guard count > 0 else { return }
            bytes += piece[..<count]
            guard bytes.count <= lengthMax else {
                throw .usage("Standard input holds more than \(lengthMax) bytes.", next: "btw note --help")
            }
        }
    }

    /// Asks a yes-or-no question on the terminal.
    package func asks(_ question: String) -> Bool {
        ask(escaped(question) + " [y/N] ")
        let answer = readLine(strippingNewline: true)
        // If the answer was typed on this terminal, its newline has ended the line.
        errorLine.withLock { $0.answered(endingLine: answer != nil && isInputTerminal && isErrorTerminal) }
        return ["y", "yes"].contains(answer?.lowercased())
    }

    private func ask(_ question: String) {
        _ = errorLine.withLock { Self.write(Array($0.ask(question, at: .now).utf8), to: STDERR_FILENO) }
    }

    /// Ends the line of a question that was not answered by a typed newline.
    private func endLine() {
        errorLine.withLock { line in
            let end = line.endLine()
            if !end.isEmpty { Self.write(Array(end.utf8), to: STDERR_FILENO) }
        }
    }

    /// Asks for a secret: on a terminal without echo, otherwise it reads the next line of stdin.
    ///
    /// - Returns: the typed line, which may be empty; at most ``secretLengthMax`` bytes.
    /// - Throws: ``Failure`` if the user pressed Ctrl-C, or the line is not UTF-8.
    package func secret(_ question: String) throws(Failure) -> String {
        guard isInputTerminal else { return try Self.text(of: readKeys(isTerminal: false)) }
        ask(escaped(question) + ": ")
        defer { endLine() }
        var before = termios()
        guard tcgetattr(STDIN_FILENO, &before) == 0 else { return try Self.text(of: readKeys(isTerminal: false)) }
        let signals = EndingSignals()
        var silent = before
        // Without keyboard signals, so that the terminal's settings are restored after Ctrl-C.
        silent.c_lflag &= ~tcflag_t(ECHO | ICANON | ISIG)
        withUnsafeMutableBytes(of: &silent.c_cc) { keys in
            keys[Int(VMIN)] = 1
            keys[Int(VTIME)] = 0
        }
        tcsetattr(STDIN_FILENO, TCSANOW, &silent)
        let typed = readKeys(isTerminal: true)
        // Type-ahead is discarded: the shell would echo it, and run it.
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &before)
        endLine()
        signals.restore()
        return try Self.text(of: typed)
    }

    private static func text(of typed: [UInt8]?) throws(Failure) -> String {
        guard let typed else { throw .answeredNo }
        guard let text = String(validating: typed, as: UTF8.self) else {
            throw .notUTF8("What was typed", next: "the same again")
        }
        return text
    }

    /// The maximum length of a secret in bytes: more than any string or key needs, however it is spaced.
    private static let secretLengthMax = 16 * 1024

    /// Reads one line and nothing after it; `nil` after Ctrl-C or a signal that ends the process.
    private func readKeys(isTerminal: Bool) -> [UInt8]? {
        var line: [UInt8] = []
        while true {
            if isTerminal, !EndingSignals.waits(for: STDIN_FILENO) { return nil }
            var byte: UInt8 = 0
            let count = read(STDIN_FILENO, &byte, 1)
            if count < 0, errno == EINTR { continue }
            guard count == 1 else { return line }
            switch byte {
            case UInt8(ascii: "\n"), UInt8(ascii: "\r"): return line
            case 0x03 where isTerminal: return nil  // Ctrl-C
            case 0x04 where isTerminal: return line  // Ctrl-D
            case 0x15 where isTerminal: line = []  // Ctrl-U
            case 0x08 where isTerminal, 0x7F where isTerminal:
                // Removes a whole UTF-8 character: its continuation bytes and its first byte.
                while let last = line.popLast(), last & 0xC0 == 0x80 {}
            default: if line.count < Self.secretLengthMax { line.append(byte) }
            }
        }
    }

    /// Asks as ``asks(_:)``, while other tasks of this process run. A cancelled task gets the answer no.
    package func asksMeanwhile(_ question: String) async -> Bool {
        let answer = Answer()
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                answer.wait(with: continuation)
                // Reading blocks, so it runs on a thread outside the cooperative pool.
                Thread.detachNewThread { [self] in answer.give(asks(question)) }
            }
        } onCancel: {
            answer.give(false)
        }
    }

    /// Opens `/dev/null` for each standard stream that the caller closed.
    ///
    /// Otherwise the next file that is opened, such as the lock of the home, gets its number, and output is written
    /// into it. The opposite access mode is used, so that reads and writes fail and nothing counts as printed.
    private static func occupyClosedStreams() {
        for stream in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] where fcntl(stream, F_GETFD) == -1 {
            _ = open("/dev/null", stream == STDIN_FILENO ? O_WRONLY : O_RDONLY)
        }
    }

    private static func drain(_ output: inout (pending: [UInt8], error: Int32)) {
        if output.error == 0 { output.error = write(output.pending, to: STDOUT_FILENO) }
        output.pending.removeAll(keepingCapacity: true)
    }

    /// Writes all bytes; returns 0 or `errno`.
    @discardableResult
    private static func write(_ bytes: [UInt8], to descriptor: Int32) -> Int32 {
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return errno }
            written += count
        }
        return 0
    }
}

/// A single answer that several tasks may give; the first one counts.
final class Answer: Sendable {
    private enum State {
        case unasked
        case waiting(CheckedContinuation<Bool, Never>)
        case given(Bool)
    }

    private let state = Mutex(State.unasked)

    func wait(with continuation: CheckedContinuation<Bool, Never>) {
        let given: Bool? = state.withLock { state in
            if case .given(let answer) = state { return answer }
            state = .waiting(continuation)
            return nil
        }
        if let given { continuation.resume(returning: given) }
    }

    func give(_ answer: Bool) {
        let waiting: CheckedContinuation<Bool, Never>? = state.withLock { state in
            defer { if case .given = state {} else { state = .given(answer) } }
            if case .waiting(let continuation) = state { return continuation }
            return nil
        }
        waiting?.resume(returning: answer)
    }
}
