import Between
import CanonicalJSON
import Causality
import Records

/// What a command is given: its journal, opened when it asks for it, where its output goes, and the clock.
package struct CommandContext: Sendable {
    let console: Console
    let globals: Globals
    let environment: JournalEnvironment
    let localTime: LocalTime
    let look: Look
    let opened: OpenedJournals

    /// The journal's folder; known before a command runs that uses it.
    var home: String { globals.home ?? "" }

    var drafts: Drafts { Drafts(home: home) }

    /// Opens the journal, and makes one where there is none.
    ///
    /// That is said also to whoever asked for quiet: a journal that begins where another was thought to be, since a
    /// disk is not mounted or a folder was moved, is nothing to find out later.
    func open() async throws -> Journal {
        let journal = try await open(createIfMissing: true)
        if journal.opening.isNew {
            console.tell("A new journal was begun in \(Harmless.line(home)).")
            if journal.opening.hadKeysAlone { console.tell(HomeNotice.keysOfAnother) }
        }
        return journal
    }

    /// Opens the journal for a command that makes none; `nil` where there is none.
    func openExisting() async throws -> Journal? {
        try await Journal.exists(at: home) ? open(createIfMissing: false) : nil
    }

    /// As ``openExisting()`` for a command that only reads: what is known to be missing is said first.
    func openToRead() async throws -> Journal? {
        guard let journal = try await openExisting() else {
            if Journal.hasKeysAlone(at: home) { console.tell(HomeNotice.keysAlone(home)) }
            return nil
        }
        let missing = try await journal.missingCount()
        if missing > 0 { console.tell("\(HomeNotice.missing(missing)) See: btw doctor") }
        return journal
    }

    private func open(createIfMissing: Bool) async throws -> Journal {
        let journal = try await Journal.open(
            at: home, environment: environment, createIfMissing: createIfMissing)
        opened.add(journal)
        for file in journal.opening.closedToOthers {
            console.tell("Others on this machine could reach \(Harmless.line(file)); from now on only you can.")
        }
        return journal
    }

    /// A sentence for people: on stdout, unless they asked for quiet or for JSON.
    func say(_ sentence: String) {
        if !globals.isJSON, !globals.isQuiet { console.say(sentence) }
    }

    /// Prints entries that a command made or changed.
    func print(_ entries: [Entry], _ journal: Journal) async throws {
        if globals.isQuiet, !globals.isJSON { return }
        for entry in entries { console.say(try await line(entry, journal)) }
    }

    /// Prints what was written, or says that nothing was.
    func finish(_ saved: (entries: [Entry], journal: Journal)?) async throws -> Int32 {
        guard let saved else {
            console.tell(Self.nothingWritten)
            return 0
        }
        try await print(saved.entries, saved.journal)
        return 0
    }

    /// What a command says that had nothing to write; exit 0.
    private static let nothingWritten = "Nothing written."

    /// Prints what was found. Exit 1 where there is nothing, so that a script can tell.
    func printAll(_ entries: [Entry], _ journal: Journal) async throws -> Int32 {
        for entry in entries { try console.print(try await line(entry, journal)) }
        return entries.isEmpty ? 1 : 0
    }

    /// A point in time on the clock here.
    func when(_ time: Timestamp) -> String {
        Moment(millisSince1970: time.millisSince1970, offsetMinutes: environment.offsetMinutes(time))
            .map { EntryLine.when($0.description) } ?? time.description
    }

    /// One entry: JSON, or a line for people.
    func line(_ entry: Entry, _ journal: Journal) async throws -> String {
        if globals.isJSON { return entry.json(space: Text(Journal.privateSpace)).canonicalText }
        return try await entryLine(entry, journal).text
    }

    func entryLine(_ entry: Entry, _ journal: Journal) async throws -> EntryLine {
        let isCounted = entry.kind == .homework && entry.fields["target"]?.asInteger ?? 1 > 1
        return EntryLine(
            entry, id: try await shortID(entry.id, entry.kind, journal), today: localTime.today,
            progress: isCounted ? try await journal.practices(of: entry.id) : 0, look: look)
    }

    func shortID(_ id: EntryID, _ kind: Kind, _ journal: Journal) async throws -> String {
        let neighbours = try await journal.neighbours(of: id)
        return ShortID.text(
            of: id, kind: kind, before: neighbours.first { $0 < id }, after: neighbours.first { $0 > id })
    }

    /// The one entry that is meant.
    ///
    /// - Throws: ``Failure``: no such entry, forgotten, sealed, or several; these are told first.
    func entry(_ prefix: IDPrefix, _ journal: Journal) async throws -> Entry {
        let ids = try await journal.ids(in: prefix.range, limit: Self.candidatesMax + 1)
        var found: [Entry] = []
        var unreadable: Failure?
        for id in ids {
            do {
                let entry = try await journal.entry(id)
                if prefix.matches(entry.kind) { found.append(entry) }
            } catch let error as JournalError where error.code == .forgotten || error.code == .sealed {
                unreadable = Failure.translated(error)
            }
        }
        if found.isEmpty { throw unreadable ?? .noSuchEntry }
        guard found.count == 1, let entry = found.first else {
            if !globals.isJSON {
                for candidate in found.prefix(Self.candidatesMax) { console.tell(try await line(candidate, journal)) }
            }
            throw Failure.ambiguousID
        }
        return entry
    }

    /// As ``entry(_:_:)``, with the journal that it is in.
    func existing(_ id: IDPrefix) async throws -> (Journal, Entry) {
        guard let journal = try await openExisting() else { throw Failure.noSuchEntry }
        return (journal, try await entry(id, journal))
    }

    /// How many entries are shown where an id may mean several.
    private static let candidatesMax = 10
}
