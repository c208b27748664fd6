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
