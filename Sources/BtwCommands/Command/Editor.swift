import Foundation

/// The user's editor: `$VISUAL`, `$EDITOR` or `vi`.
///
/// It runs in this process's group, the terminal's foreground group: the system stops a background process that reads
/// the terminal. So Ctrl-C reaches both, and this process ignores it meanwhile; Ctrl-Z stops both, and the shell
/// continues both.
struct Editor {
    private let console: Console
    private let command: String
    /// The variable that names the editor; `nil` if none is set.
    private let variable: String?

    init(_ console: Console) {
        self.console = console
        variable = ["VISUAL", "EDITOR"].first { console.environment($0)?.isEmpty == false }
        command = variable.flatMap(console.environment) ?? "vi"
    }

    /// Opens a file, and returns when the editor has ended; its background processes may still run.
    ///
    /// - Throws: ``Failure`` if the editor does not start, was killed, or exits with an error.
    func edit(_ path: String) throws(Failure) {
        let terminal = TerminalState()
        let status = try run(path)
        let (code, signal) = (status >> 8 & 0xFF, status & 0x7F)
        if status == 0 { return }
        // A killed editor could not restore the terminal; a shell reports a signal of its child as 128 + n.
        if signal != 0 || code > 128 { terminal?.restore() }
        let name = variable.map { "The editor that \($0) names" } ?? "The editor vi"
        switch (signal, code) {
        case (0, 127):
            throw Failure(
                .unusable, code: "editor", "\(name) was not found. \(Failure.nothingChanged)",
                next: "set EDITOR to the editor you like, such as nano: export EDITOR=nano")
        case (0, 126):
            throw Failure(
                .unusable, code: "editor", "\(name) is no program that can be run. \(Failure.nothingChanged)",
                next: "set EDITOR to the editor you like, such as nano: export EDITOR=nano")
        case (0, ...128):
            throw Failure(
                .unusable, code: "editor", "The editor stopped with status \(code). \(Failure.nothingChanged)",
                next: "set EDITOR to the editor you like, such as nano")
        default:
            throw Failure(
                .unusable, code: "editor",
                "The editor was ended by signal \(signal == 0 ? code - 128 : signal). \(Failure.nothingChanged)",
                next: "the same again")
        }
    }

    /// Runs the editor until it exits; returns its status as `waitpid` does.
    private func run(_ path: String) throws(Failure) -> Int32 {
        #if canImport(Darwin)
            var actions: posix_spawn_file_actions_t?
            var attributes: posix_spawnattr_t?
        #else
            var actions = posix_spawn_file_actions_t()
            var attributes = posix_spawnattr_t()
        #endif
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        // The editor's screen must not go into a pipe: in `btw note --json | jq` only the entry does.
        let terminal = console.isOutputTerminal ? -1 : open("/dev/tty", O_RDWR | O_CLOEXEC)
        defer { if terminal >= 0 { close(terminal) } }
        if terminal >= 0 { posix_spawn_file_actions_adddup2(&actions, terminal, STDOUT_FILENO) }

        let interruptions = [SIGINT, SIGQUIT].map { (number: $0, before: signal($0, SIG_IGN)) }
        defer { for (number, before) in interruptions { signal(number, before) } }
        // As for a command of a shell: signals that the caller ignored stay ignored. SIGPIPE is ignored by
        // ``Console``, not by the caller, and threads of the runtime block signals.
        var defaults = sigset_t()
        var none = sigset_t()
        sigemptyset(&defaults)
        sigemptyset(&none)
        sigaddset(&defaults, SIGPIPE)
        for (number, before) in interruptions where !Self.isIgnored(before) { sigaddset(&defaults, number) }
        posix_spawnattr_setsigdefault(&attributes, &defaults)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))

        // The variable may contain options, so a shell parses it; the path is a separate argument.
        let words = ["/bin/sh", "-c", (isOneProgram ? "exec " : "") + command + " \"$1\"", "sh", path]
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        var variables: [UnsafeMutablePointer<CChar>?] =
            ProcessInfo.processInfo.environment.map { strdup("\($0)=\($1)") } + [nil]
        defer { for pointer in arguments + variables { free(pointer) } }
        var pid: pid_t = 0
        guard posix_spawn(&pid, words[0], &actions, &attributes, &arguments, &variables) == 0 else {
            throw Failure(
                .unusable, code: "editor", "No shell could be started for the editor. \(Failure.nothingChanged)",
                next: "btw note -, with the text on standard input")
        }
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        return status
    }

    /// Whether the shell can `exec` the editor, which is the usual case: a shell that waits for it would end at
    /// Ctrl-C while the editor continues.
    private var isOneProgram: Bool {
        let first = command.prefix { $0 != " " }
        if first.isEmpty || first.contains("=") || command.contains(where: { "\n;&|()<>{}`".contains($0) }) {
            return false
        }
        if first.contains("/") { return access(String(first), X_OK) == 0 }
        return (console.environment("PATH") ?? "").split(separator: ":").contains {
            access("\($0)/\(first)", X_OK) == 0
        }
    }

    private static func isIgnored(_ handler: (@convention(c) (Int32) -> Void)?) -> Bool {
        unsafeBitCast(handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
    }
}

/// The settings of the terminal on stdin, restored after an editor that was killed.
private struct TerminalState {
    private let state: termios

    init?() {
        var state = termios()
        guard tcgetattr(STDIN_FILENO, &state) == 0 else { return nil }
        self.state = state
    }

    func restore() {
        var state = state
        tcsetattr(STDIN_FILENO, TCSADRAIN, &state)
    }
}
