import Foundation
import Synchronization

/// The streams of a process: data on stdout, talk on stderr, text and answers from stdin.
///
/// What goes to stdout is gathered and written in large pieces, and at once where
/// somebody waits for it: a pipe would keep it back otherwise.
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
        // A reader that has had enough is no reason to die in the middle of a change.
        signal(SIGPIPE, SIG_IGN)
    }

    /// What may leave of a text: no control that is not this program's own.
    private func harmless(_ text: String) -> String {
        Harmless.output(text, keeping: isOutputTerminal ? Look.sequences : [])
    }

    /// Writes a line to stdout.
    package func say(_ line: String) {
        let line = harmless(line)
        if isOutputTerminal { endLine() }
        output.withLock { output in
            output.pending += Array(line.utf8) + [UInt8(ascii: "\n")]
            if output.pending.count >= Self.pieceMax { Self.drain(&output) }
        }
    }

    /// Whoever read what is printed has gone: to print more is of no use, and no failure.
    package struct ReaderLeft: Error {}

    /// Writes a line to stdout, of a command that does nothing but print.
    ///
    /// - Throws: ``ReaderLeft``, or ``Failure``, where one before it did not arrive: then there is no use in going on.
    package func print(_ line: String) throws {
        say(line)
        try check(output.withLock(\.error))
    }

    /// Writes out what was gathered, for what may count as told only when it was.
    ///
    /// - Throws: ``ReaderLeft``, or ``Failure`` if not all of it arrived.
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

    /// Writes a line to stderr, at once.
    package func tell(_ line: String) {
        let line = harmless(line)
        _ = errorLine.withLock { Self.write(Array(($0.begin(at: .now) + line + "\n").utf8), to: STDERR_FILENO) }
    }

    /// Shows how far something is, where a person looks on: each text replaces the one before, and `nil` ends it.
    package func progress(_ text: String?) {
        guard isErrorTerminal else { return }
        errorLine.withLock { line in
            guard let drawing = line.draw(text.map(harmless), at: .now) else { return }
            Self.write(Array(drawing.utf8), to: STDERR_FILENO)
        }
    }

    /// Writes out what was gathered.
    ///
    /// - Throws: ``Failure`` if not all of it arrived; a reader that went away is no failure.
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

    /// All of stdin, up to what any command takes.
    package func readAll(lengthMax: Int) throws(Failure) -> [UInt8] {
        var bytes: [UInt8] = []
        try readAll(into: &bytes, lengthMax: lengthMax)
        return bytes
    }

    /// The same; what came in before an error is in `bytes`.
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

    /// Asks a question that is answered with yes or no, on a terminal.
    package func asks(_ question: String) -> Bool {
        ask(harmless(question) + " [y/N] ")
        let answer = readLine(strippingNewline: true)
        // The line ends where it was typed, and if anything was.
        errorLine.withLock { $0.answered(endingLine: answer != nil && isInputTerminal && isErrorTerminal) }
        return ["y", "yes"].contains(answer?.lowercased())
    }

    private func ask(_ question: String) {
        _ = errorLine.withLock { Self.write(Array($0.ask(question, at: .now).utf8), to: STDERR_FILENO) }
    }

    /// Ends the line of a question that still stands there.
    private func endLine() {
        errorLine.withLock { line in
            let end = line.endLine()
            if !end.isEmpty { Self.write(Array(end.utf8), to: STDERR_FILENO) }
        }
    }

    /// Asks for what nobody who looks on is to read: on a terminal it is not shown as it is typed. Without one it is the
    /// next line of stdin.
    ///
    /// - Returns: what was typed, which may be nothing; of stdin ``secretLengthMax`` bytes at most.
    /// - Throws: ``Failure`` if the person pressed Ctrl-C, or it is not UTF-8.
    package func secret(_ question: String) throws(Failure) -> String {
        guard isInputTerminal else { return try Self.text(of: readKeys(isTerminal: false)) }
        ask(harmless(question) + ": ")
        defer { endLine() }
        var before = termios()
        guard tcgetattr(STDIN_FILENO, &before) == 0 else { return try Self.text(of: readKeys(isTerminal: false)) }
        let signals = EndingSignals()
        var silent = before
        // No signals of the keyboard: who stops here gets the terminal back as it was.
        silent.c_lflag &= ~tcflag_t(ECHO | ICANON | ISIG)
        withUnsafeMutableBytes(of: &silent.c_cc) { keys in
            keys[Int(VMIN)] = 1
            keys[Int(VTIME)] = 0
        }
        tcsetattr(STDIN_FILENO, TCSANOW, &silent)
        let typed = readKeys(isTerminal: true)
        // What was typed or pasted beyond the line is dropped: the shell would show it, and do it.
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

    /// Bytes of a line that is a secret: more than any string or key takes, however it is spaced.
    private static let secretLengthMax = 16 * 1024

    /// Reads to the end of a line, and not past it; `nil` if the person does not want to, or the process is to end.
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
                // A character is one byte, or a first and those that continue it.
                while let last = line.popLast(), last & 0xC0 == 0x80 {}
            default: if line.count < Self.secretLengthMax { line.append(byte) }
            }
        }
    }

    /// Asks as ``asks(_:)``, while other work of this process goes on. A task that is cancelled has no answer: no.
    package func asksAside(_ question: String) async -> Bool {
        let answer = Answer()
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                answer.wait(with: continuation)
                // Reading blocks the thread, so it is none of those that tasks run on.
                Thread.detachNewThread { [self] in answer.give(asks(question)) }
            }
        } onCancel: {
            answer.give(false)
        }
    }

    /// Puts something into the place of each stream that the caller closed.
    ///
    /// Otherwise the next file that is opened, such as the lock of the home, gets its
    /// number, and what is printed goes there. Each fails to do what it stands for, so
    /// that nothing counts as printed.
    private static func occupyClosedStreams() {
        for stream in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] where fcntl(stream, F_GETFD) == -1 {
            _ = open("/dev/null", stream == STDIN_FILENO ? O_WRONLY : O_RDONLY)
        }
    }

    private static func drain(_ output: inout (pending: [UInt8], error: Int32)) {
        if output.error == 0 { output.error = write(output.pending, to: STDOUT_FILENO) }
        output.pending.removeAll(keepingCapacity: true)
    }

    /// Writes all bytes; answers 0 or the error's number.
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
