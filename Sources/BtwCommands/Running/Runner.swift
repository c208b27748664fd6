import Between
import CanonicalJSON
import Causality
import Records

/// Does one command.
struct Runner: Sendable {
    let console: Console
    let globals: Globals
    let home: String
    let environment: JournalEnvironment
    let localTime: LocalTime
    let look: Look
    let opened: OpenedJournals

    func run(_ command: Command) async throws -> Int32 {
        switch command {
        case .home: return try await showHome()
        case .note(let new): return try await note(new)
        case .mood(let new): return try await mood(new)
        case .homework(let new): return try await homework(new)
        case .session(let new): return try await session(new)
        case .done(let request): return try await done(request)
        case .list(let request): return try await list(request)
        case .show(let id, let withClock): return try await show(id, withClock: withClock)
        case .find(let words): return try await find(words)
        case .edit(let request): return try await edit(request)
        case .remove(let id): return try await remove(id)
        case .restore(let id): return try await restore(id)
        case .forget(let id): return try await forget(id)
        case .history(let id): return try await history(id)
        case .undo(let dot): return try await undo(dot)
        case .changes(let since): return try await changes(since: since)
        case .quarantine(let request): return try await quarantine(request)
        case .importing(let request): return try await importFile(request)
        case .export: return try await export()
        case .status: return try await status()
        case .doctor: return try await doctor()
        case .join(let request): return try await join(request)
        case .recover(let request): return try await recover(request)
        case .disconnect: return try await disconnect()
        case .device(let request): return try await device(request)
        case .newRecoveryKey: return try await makeRecoveryKey()
        case .sync(let watches): return try await sync(watches: watches)
        }
    }

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

    /// How many entries are shown where an id may mean several.
    private static let candidatesMax = 10
}
