/// What `--help` prints.
package enum Help {
    /// `btw --help`: one screen of 80 by 24.
    package static let overview = """
        btw is Between: a private notebook, offline, for the days between two sessions.

          btw                        where you are
          btw "words with spaces"    write a note; btw note alone opens your editor
          btw mood 2 anxious +sleep  a mood from 1 to 5, how it feels, what it is about
          btw hw TITLE               something to do; --times 3, --due next
          btw done ID                it is done; --let-go if it will not be
          btw session AT             when you meet
          btw list, show, find       read: btw find "that call"
          btw edit, history, undo    change something, see it, take it back
          btw rm, restore, forget    the trash and back; forget is for ever
          btw changes, quarantine    what merging chose, in words; what it set aside
          btw import, export         in from jrnl, out as one line an entry
          btw connect, disconnect    to the server whose string you were given
          btw device, join           your devices; device add lets one more in
          btw recovery, recover      a key on paper, and all back with it
          btw sync, status, doctor   send and fetch; how things stand

        With any command: --home DIR, --json, --plain, --yes, -q. --version says which.
        After -- all is text: btw note -- -5 degrees. More: btw COMMAND --help

        What you write stays yours: a server cannot read it. Not a crisis service:
        nobody reads along, nobody is told. In danger, call your emergency number.
        """

    /// `btw COMMAND --help`: a few lines and an example.
    package static func text(for command: CommandDescription) -> String {
        """
        \(usage(of: command))

        \(command.details)

        Example: \(command.example)
        """
    }

    /// How a command is typed, on as many lines as it takes.
    static func usage(of command: CommandDescription) -> String {
        var lines = ["Usage: btw" + (command.name.isEmpty ? "" : " \(command.name)")]
        for part in command.usage {
            let line = "\(lines[lines.endIndex - 1]) \(part)"
            if line.count <= columns {
                lines[lines.endIndex - 1] = line
            } else {
                lines.append("  \(part)")
            }
        }
        return lines.joined(separator: "\n")
    }

    /// Columns of a line of help.
    static let columns = 80
}
