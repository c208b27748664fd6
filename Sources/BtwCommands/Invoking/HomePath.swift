/// Where the journal is, by the rules of CLI.md.
package enum HomePath {
    #if os(macOS)
        package static let isMacOS = true
    #else
        package static let isMacOS = false
    #endif

    /// The folder; `nil` where nothing says one.
    ///
    /// An empty variable counts as one that is not set, and so does a relative
    /// `XDG_DATA_HOME`, as the XDG specification wants.
    static func find(option: String?, environment: (String) -> String?, isMacOS: Bool) -> String? {
        func variable(_ name: String) -> String? { environment(name).flatMap { $0.isEmpty ? nil : $0 } }

        if let path = option ?? variable("BTW_HOME") { return path }
        if isMacOS { return variable("HOME").map { folder("Library/Application Support/Between", in: $0) } }
        if let data = variable("XDG_DATA_HOME"), data.hasPrefix("/") { return folder("between", in: data) }
        return variable("HOME").map { folder(".local/share/between", in: $0) }
    }

    private static func folder(_ path: String, in parent: String) -> String {
        parent.hasSuffix("/") ? parent + path : parent + "/" + path
    }
}
