package import Records

/// The options of every command, before or after its name, and the settings from the environment.
package struct Globals: Hashable, Sendable {
    /// The folder of the journal; `nil` if nothing gives it (``Failure/noHome``).
    package var home: String?
    /// Whether it was given with `--home`, so that suggested commands must repeat it.
    package var hasHomeOption = false
    /// `BTW_NOW`, which fixes the clock.
    package var now: Timestamp?
    package var isJSON = false
    package var isPlain = false
    /// `--yes`: answers yes to every question.
    package var answersYes = false
    package var isQuiet = false
    package var wantsHelp = false
    package var wantsVersion = false

    static let homeOption = OptionDescription(
        "--home", "DIR", "The folder of the journal.", completes: .folder)
    private static let jsonOption = OptionDescription("--json", nil, "Prints lines of JSON, errors too.")
    private static let plainOption = OptionDescription("--plain", nil, "Prints no signs and no colours.")
    private static let yesOption = OptionDescription("--yes", nil, "Answers yes to what a command asks.")
    private static let quietOption = OptionDescription(
        "-q", nil, "Says nothing that is not data or an error.")
    static let helpOption = OptionDescription("--help", nil, "Says how a command is used.")
    static let versionOption = OptionDescription("--version", nil, "Says which btw this is.")

    /// All of them, in the order of the help.
    package static let options = [
        homeOption, jsonOption, plainOption, yesOption, quietOption, helpOption, versionOption,
    ]

    /// Removes the global options from the arguments, up to `--`; the rest keeps its order, `--` included.
    ///
    /// So the value of another option cannot be spelled like a global one; `--topic=--json` can.
    static func hoist(
        from arguments: [String], environment: (String) -> String?, isMacOS: Bool
    ) throws(Failure) -> (globals: Globals, rest: [String]) {
        var globals = Globals()
        var home: String?
        var rest: [String] = []
        var remaining = arguments[...]
        while let argument = remaining.popFirst() {
            switch argument {
            case jsonOption.name: globals.isJSON = true
            case plainOption.name: globals.isPlain = true
            case yesOption.name: globals.answersYes = true
            case quietOption.name: globals.isQuiet = true
            case helpOption.name: globals.wantsHelp = true
            case versionOption.name: globals.wantsVersion = true
            case homeOption.name:
                guard let path = remaining.popFirst(), !path.hasPrefix("-") else { throw missingFolder }
                home = path
            case "--":
                rest += [argument] + remaining
                remaining = []
            default:
                if argument.hasPrefix("--home=") {
                    home = String(argument.dropFirst("--home=".count))
                } else {
                    rest.append(argument)
                }
            }
        }
        if home?.isEmpty == true { throw missingFolder }
        globals.hasHomeOption = home != nil
        globals.home = try HomePath.find(option: home, environment: environment, isMacOS: isMacOS)
        if let text = environment("BTW_NOW"), !text.isEmpty {
            guard let now = Timestamp(rfc3339: text) else { throw badNow }
            globals.now = now
        }
        return (globals, rest)
    }

    private static let missingFolder = Failure.usage(
        "--home needs the name of a folder.", next: "btw --home DIR status")

    private static let badNow = Failure.usage(
        "The variable BTW_NOW must be a time like 2026-10-16T08:00:00Z.", next: "unset BTW_NOW")
}

/// The location of the journal: `--home`, else `BTW_HOME`, else the user's data folder.
package enum HomePath {
    #if os(macOS)
        package static let isMacOS = true
    #else
        package static let isMacOS = false
    #endif

    /// The folder; `nil` if nothing gives it.
    ///
    /// An empty variable counts as not set, and so does a relative `XDG_DATA_HOME`, as the XDG specification
    /// requires. A leading `~` or `~/` is expanded to the user's home: no shell does so in a crontab, a unit file or
    /// `--home=~/journal`.
    ///
    /// - Throws: ``Failure`` if `~` begins anything else.
    static func find(
        option: String?, environment: (String) -> String?, isMacOS: Bool
    ) throws(Failure) -> String? {
        func variable(_ name: String) -> String? { environment(name).flatMap { $0.isEmpty ? nil : $0 } }

        if let path = option { return try expanded(path, in: variable("HOME"), named: "--home") }
        if let path = variable("BTW_HOME") { return try expanded(path, in: variable("HOME"), named: "BTW_HOME") }
        if isMacOS { return variable("HOME").map { folder("Library/Application Support/Between", in: $0) } }
        if let data = variable("XDG_DATA_HOME") {
            let data = try expanded(data, in: variable("HOME"), named: "XDG_DATA_HOME")
            if data.hasPrefix("/") { return folder("between", in: data) }
        }
        return variable("HOME").map { folder(".local/share/between", in: $0) }
    }

    private static func expanded(_ path: String, in home: String?, named name: String) throws(Failure) -> String {
        guard path.hasPrefix("~") else { return path }
        guard path == "~" || path.hasPrefix("~/") else {
            throw Failure.usage(
                "\(name) begins with ~ and a name: that is read as no other person's folder. For a folder that is "
                    + "called so, write ./ before it.", next: "btw --home ~/journal status")
        }
        guard let home else { throw Failure.noHome }
        return path == "~" ? home : folder(String(path.dropFirst(2)), in: home)
    }

    private static func folder(_ path: String, in parent: String) -> String {
        parent.hasSuffix("/") ? parent + path : parent + "/" + path
    }
}
