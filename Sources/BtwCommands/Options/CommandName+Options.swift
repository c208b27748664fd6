extension CommandName {
    /// The options of each command, besides the global ones.
    package var options: [OptionSpec] {
        switch self {
        case .note: Self.shared
        case .mood: [OptionSpec("--energy", "V"), OptionSpec("--day")] + Self.shared
        case .hw:
            [
                OptionSpec("--due", "D"), OptionSpec("--times", "N"), OptionSpec("--step", "T", isRepeatable: true),
            ] + Self.shared
        case .session:
            [
                OptionSpec("--minutes", "N"), OptionSpec("--topic", "T"), OptionSpec("--focus", "T"),
                OptionSpec("--form", "F"),
            ] + Self.shared
        case .done: [OptionSpec("--outcome", "T"), OptionSpec("--let-go")]
        case .list:
            [OptionSpec("--from", "D"), OptionSpec("--to", "D"), OptionSpec("--tag", "T"), OptionSpec("--trash")]
        case .show: [OptionSpec("--clock")]
        case .edit: [OptionSpec("--set", "FIELD=VALUE", isRepeatable: true)]
        case .changes: [OptionSpec("--since", "D")]
        case .import: [OptionSpec("--dry-run")]
        case .export: [OptionSpec("--jsonl")]
        case .sync: [OptionSpec("--watch")]
        case .connect: [OptionSpec("--name", "NAME")]
        case .recover: [OptionSpec("--name", "NAME"), OptionSpec("--unbound")]
        case .device: [OptionSpec("--trust")]
        case .join: [OptionSpec("--name", "NAME"), OptionSpec("--trust")]
        case .find, .rm, .restore, .forget, .history, .undo, .quarantine, .disconnect, .recovery, .status, .doctor:
            []
        }
    }

    /// Those of the four commands that write an entry.
    private static let shared = [
        OptionSpec("--at", "D"), OptionSpec("--about", "ID"), OptionSpec("--tag", "T", isRepeatable: true),
        OptionSpec("--flag"),
    ]
}
