extension Help {
    static func page(for command: CommandName) -> Page {
        switch command {
        case .note, .mood, .hw, .session, .done: writing(command)
        case .list, .show, .find, .history, .changes, .quarantine, .status, .doctor, .export: reading(command)
        case .edit, .rm, .restore, .forget, .undo, .import: changing(command)
        case .connect, .disconnect, .device, .join, .recovery, .recover, .sync: server(command)
        }
    }

    /// The options that the four commands share, on a line of their own.
    private static let shared = "\n  [--at D] [--about ID] [--tag T]… [--flag]"

    private static func writing(_ command: CommandName) -> Page {
        switch command {
        case .note:
            Page(
                "[TEXT…]" + shared,
                """
                Saves a note. Without text it reads standard input, or opens your editor.
                What you type here stays in your shell's history; what you write in the
                editor does not: it stands in drafts, in the journal's folder, until it is
                saved. +word is a tag, without the marks that follow it.
                --flag: to bring to the session.
                """, "btw note \"ugh, that call +work\"")
        case .mood:
            Page(
                "[V or V/N] [word…] [+tag…] [\"two or more words\"]\n  [--energy V] [--day]" + shared,
                """
                Saves a mood. V is 1 (bad) to 5 (good), or one like 7/10, in digits of any
                script. A word is a feeling; words in quotes are your own line.
                --day: for the whole day.
                """, "btw mood 2 anxious +sleep \"slept 4h\"")
        case .hw:
            Page(
                "TITLE [--due D] [--times N] [--step T]… [+tag]" + shared,
                """
                Saves something to do. D is a day, or next, which is the next session.
                N is how many times.
                """, "btw hw \"research companies\" --times 3 --due next")
        case .session:
            Page(
                "AT [--minutes 50] [--topic T] [--focus T] [--form F]" + shared,
                "Saves when you meet. F is grow, oskar or star.",
                "btw session 2026-10-16T10:00 --topic \"interview skills\"")
        default:
            Page(
                "ID [--outcome T] [--let-go]",
                """
                Says that something is done, or that you let it go, which is fine too.
                T is how it went.
                """, "btw done h7q2 --outcome \"easier than I thought\"")
        }
    }

    private static func reading(_ command: CommandName) -> Page {
        switch command {
        case .list:
            Page(
                "[notes, moods, hw or sessions]\n  [--from D] [--to D] [--tag T] [--trash]",
                "Lists entries, newest first. Exit 1 if there are none.", "btw list moods --from 2026-10-01")
        case .show: Page("ID [--clock]", "Shows one entry with all that it holds.", "btw show n3f0")
        case .find:
            Page(
                "WORDS",
                """
                Finds entries that hold all of these words, newest first. Beginnings are
                enough: sleep finds sleeping. Chinese, Japanese, Korean, Thai and others
                without spaces are found by any part; emoji are words. Exit 1 if none is.
                """, "btw find that call")
        case .history: Page("ID", "Lists every edit of an entry, newest first.", "btw history n3f0")
        case .changes:
            Page(
                "[--since D]",
                """
                Says what was chosen where two devices had changed the same thing, once:
                what was printed is not said again. Nothing is lost: btw history has
                every version.
                """, "btw changes --since yesterday")
        case .quarantine:
            Page(
                "[export, adopt ID or drop ID]",
                """
                Lists changes that could keep no place in the journal, or came from who
                may not write: kept, and not shown elsewhere. export: with what they set.
                adopt: takes one over, as yours. drop: deletes it here; it asks first.
                """, "btw quarantine adopt 3.1")
        case .status:
            Page(
                "",
                """
                Says how many entries there are, what waits to be synced, which texts
                from an editor are not saved, and what a server did wrong until it is over.
                """, "btw status")
        case .doctor:
            Page(
                "",
                """
                Checks the journal on this device. Exit 4 if it finds damage, or if it is
                older than what this device wrote: then it says what brings the rest back,
                and asks whether to go on without; --yes answers. Exit 6 if the server
                holds something back. Unsaved texts from an editor are no damage.
                """, "btw doctor")
        default:
            Page(
                "--jsonl",
                """
                Prints every entry as a line of JSON, those in the trash too.
                btw import jsonl reads it back.
                """, "btw export --jsonl > journal.jsonl")
        }
    }

    private static func changing(_ command: CommandName) -> Page {
        switch command {
        case .edit:
            Page(
                "ID [--set FIELD=VALUE]…",
                """
                Without --set it opens the text in your editor; what cannot be saved stays in
                drafts, in the journal's folder. FIELD= clears a field, body=- reads standard
                input. tags=a,b sets all tags, tags+=a adds one, tags-=b takes one away.
                btw undo takes an edit back.
                """, "btw edit h7q2 --set due=2026-10-16 --set tags+=work")
        case .rm: Page("ID", "Puts an entry into the trash. btw restore ID takes it out.", "btw rm n3f0")
        case .restore: Page("ID", "Takes an entry out of the trash.", "btw restore n3f0")
        case .forget:
            Page(
                "ID",
                """
                Removes what an entry says for ever, on all devices, and what your editor
                left of it. It asks first; --yes answers. Other drafts that are there are
                named: look whether they hold it. An entry's author can, and an owner of
                the journal.
                """, "btw forget n3f0")
        case .undo:
            Page(
                "[REPLICA:N]",
                """
                Takes back your last edit on this device, or the one that btw history
                names. Nothing is lost: that is one more edit. An import is one step.
                """, "btw undo")
        default:
            Page(
                "jrnl FILE [--dry-run]\n       btw import jsonl FILE [--dry-run]",
                """
                Brings in what jrnl --format json or btw export --jsonl printed, all or a
                part. Twice adds nothing twice. An entry updates one that is here only if
                nearly all of its text stands in it; --dry-run counts, and names those. What is
                no character becomes \u{FFFD}. What cannot be here is named and left out: exit 3.
                """, "btw import jrnl journal.json --dry-run")
        }
    }

    private static func server(_ command: CommandName) -> Page {
        switch command {
        case .sync:
            Page(
                "[--watch]",
                """
                Sends and fetches what is new. Without a server all is kept on this device.
                Where the server holds something back, or claims it without proof, that is said,
                and what is here stays in view: exit 6.
                btw status says it until it is over. --watch goes on until Ctrl-C, or until
                nobody reads what it prints.
                """, "btw sync")
        case .connect:
            Page(
                "[STRING] [--name NAME]",
                """
                Connects this device to a server, and sends it everything, sealed.
                STRING may be as a mail has it, with line breaks, other dashes, quotes.
                Without it, or with -, it is asked for, or read from stdin.
                NAME is what your other devices call this one; no server learns it.
                """, "btw connect btw1…")
        case .disconnect:
            Page("", "Leaves the server. Everything stays here, and what it has stays there.", "btw disconnect")
        case .device:
            Page(
                "[add [--trust], or remove ID]",
                """
                Lists your devices, with what tells their keys apart, and when each was last
                heard of, by its clock. add: prints a string for another device to join with,
                and waits. remove: the device gets nothing from then on, and keeps what it
                had. It asks first; --yes answers.
                """, "btw device")
        case .join:
            Page(
                "[STRING] [--name NAME] [--trust]",
                """
                Joins the journal of another device, which shows the string: btw device
                add. Both show four words and ask whether they match; --trust skips that.
                Without STRING, or with -, it is asked for, or read from stdin.
                """, "btw join btw1… --name phone")
        case .recovery:
            Page(
                "new",
                """
                Prints a key to keep on paper, once: with it and your server an empty
                machine gets everything back. It says which journal it opens, so that no
                server can pass off another. Whoever finds it can read everything too.
                btw device remove takes it back. Older keys stay valid until then.
                """, "btw recovery new")
        default:
            Page(
                "[STRING] [KEY] [--name NAME] [--unbound]",
                """
                Gets everything back with a printed key. What is left out, or is -, is asked
                for and not shown, or read from stdin: others may see what a command was
                called with. Spaces, dashes and capitals do not matter; 0 is o, 1 is l or i.
                A journal that the key does not belong to is refused, and nothing written
                (exit 6). --unbound: for a key of an earlier version and an empty home,
                trusts the server's word for which journal it is.
                """, "btw recover btw1…")
        }
    }
}
