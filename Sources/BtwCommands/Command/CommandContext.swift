import Between
import CanonicalJSON
import Causality
import Records

/// What a command runs with: the journal, opened on demand, the output, the global options and the clock.
package struct CommandContext: Sendable {
    let console: Console
    let globals: Globals
    let environment: JournalEnvironment
    let localTime: LocalTime
    let style: OutputStyle
    let opened: OpenedJournals

    /// The journal's folder; set for every command that uses a journal.
    var home: String { globals.home ?? "" }

    var drafts: Drafts { Drafts(home: home) }

    /// Opens the private space of the home, and creates the home if it does not exist.
    ///
    /// Creating one is reported even with `--quiet`: the user may expect an existing journal, on a disk that is not
    /// mounted or in a folder that was moved.
    func open() async throws -> JournalSpace {
        let journal = try await open(createIfMissing: true)
        if journal.home.opening.isNew {
            console.notify("A new journal was begun in \(TerminalEscaping.line(home)).")
            if journal.home.opening.hadKeysAlone { console.notify(HomeNotice.keysOfAnother) }
        }
        return journal
    }

    /// Opens the journal without creating it; `nil` if it does not exist.
    func openExisting() async throws -> JournalSpace? {
        try await Journal.exists(at: home) ? open(createIfMissing: false) : nil
    }

    /// As ``openExisting()``, for commands that only read; warns first if changes are known to be missing.
    func openToRead() async throws -> JournalSpace? {
        guard let journal = try await openExisting() else {
            if Journal.hasKeysAlone(at: home) { console.notify(HomeNotice.keysAlone(home)) }
            return nil
        }
        let missing = try await journal.home.missingCount()
        if missing > 0 { console.notify("\(HomeNotice.missing(missing)) See: btw doctor") }
        return journal
    }

    private func open(createIfMissing: Bool) async throws -> JournalSpace {
        let journal = try await Journal.open(
            at: home, environment: environment, createIfMissing: createIfMissing
        ).personal
        opened.add(journal.home)
        for file in journal.home.opening.closedToOthers {
            console.notify(
                "Others on this machine could reach \(TerminalEscaping.line(file)); from now on only you can.")
        }
        return journal
    }

    /// Prints a sentence for people on stdout, unless `--quiet` or `--json` is given.
    func print(_ sentence: String) {
        if !globals.isJSON, !globals.isQuiet { console.print(sentence) }
    }

    /// Prints entries that a command wrote or changed.
    func print(_ entries: [Entry], _ journal: JournalSpace) async throws {
        if globals.isQuiet, !globals.isJSON { return }
        for entry in entries { console.print(try await line(entry, journal)) }
    }

    /// Prints the entries that were written, or reports that there were none.
    func finish(_ saved: (entries: [Entry], journal: JournalSpace)?) async throws -> Int32 {
        guard let saved else {
            console.notify(Self.nothingWritten)
            return 0
        }
        try await print(saved.entries, saved.journal)
        return 0
    }

    /// The message of a command that had nothing to write; it exits with 0.
    private static let nothingWritten = "Nothing written."

    /// Prints entries that were found. Exit 1 if there are none, so that a script can tell.
    func printAll(_ entries: [Entry], _ journal: JournalSpace) async throws -> Int32 {
        for entry in entries { try console.stream(try await line(entry, journal)) }
        return entries.isEmpty ? 1 : 0
    }

    /// A point in time as local time.
    func when(_ time: Timestamp) -> String {
        Moment(millisSince1970: time.millisSince1970, offsetMinutes: environment.offsetMinutes(time))
            .map { EntryLine.when($0.description) } ?? time.description
    }

    /// One entry: JSON, or a line for people.
    func line(_ entry: Entry, _ journal: JournalSpace) async throws -> String {
        if globals.isJSON { return entry.json(space: Text(journal.name)).canonicalText }
        return try await entryLine(entry, journal).text
    }

    func entryLine(_ entry: Entry, _ journal: JournalSpace) async throws -> EntryLine {
        let isCounted = entry.kind == .homework && entry.fields["target"]?.asInteger ?? 1 > 1
        return EntryLine(
            entry, id: try await shortID(entry.id, entry.kind, journal), today: localTime.today,
            progress: isCounted ? try await journal.practices(of: entry.id) : 0, style: style)
    }

    func shortID(_ id: EntryID, _ kind: Kind, _ journal: JournalSpace) async throws -> String {
        let neighbours = try await journal.neighbours(of: id)
        return ShortID.text(
            of: id, kind: kind, before: neighbours.first { $0 < id }, after: neighbours.first { $0 > id })
    }

    /// The entry that a prefix names.
    ///
    /// - Throws: ``Failure``: no such entry, forgotten, sealed, or ambiguous; candidates are printed first.
    func entry(_ prefix: IDPrefix, _ journal: JournalSpace) async throws -> Entry {
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
                for candidate in found.prefix(Self.candidatesMax) { console.notify(try await line(candidate, journal)) }
            }
            throw Failure.ambiguousID
        }
        return entry
    }

    /// As ``entry(_:_:)``; also returns the journal.
    func existing(_ id: IDPrefix) async throws -> (JournalSpace, Entry) {
        guard let journal = try await openExisting() else { throw Failure.noSuchEntry }
        return (journal, try await entry(id, journal))
    }

    /// How many candidates are listed for an ambiguous id.
    private static let candidatesMax = 10
}

// MARK: - Syncing

/// Reports the outcome of a sync, for each command that contacts a server.
extension CommandContext {
    /// With the names of devices, as far as they are known here.
    func syncText(_ journal: JournalSpace) async -> SyncText {
        let devices = (try? await journal.devices()) ?? []
        return SyncText(deviceNames: Dictionary(devices.map { ($0.id, $0.isThis ? "this device" : $0.name) }) { $1 })
    }

    func json(_ outcome: JournalSpace.SyncOutcome, seconds: Double) -> String {
        SyncText.json(outcome, seconds: seconds).canonicalText
    }

    /// Shows the progress of a sync, beginning with `Connecting`.
    var showProgress: @Sendable (JournalSpace.SyncOutcome) -> Void {
        console.progress("Connecting")
        return { [console] outcome in
            console.progress("\(outcome.sent) changes sent, \(outcome.received) received")
        }
    }

    func seconds(since start: ContinuousClock.Instant) -> Double { (ContinuousClock.now - start) / .seconds(1) }
}
