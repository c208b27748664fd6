import Between
import CanonicalJSON
import Causality
import Foundation
import Records

/// The command `btw import jrnl FILE`, `btw import jsonl FILE`.
package struct ImportCommand: Command {
    package enum Format: String, Hashable, Sendable { case jrnl, jsonl }

    private static let dryRunOption = OptionDescription("--dry-run", nil, "Only says what would be new.")

    package static let description = CommandDescription(
        "import", in: .moving, "from jrnl, or from an export",
        arguments: [
            ArgumentDescription(
                oneOf: [
                    .init("jrnl", "FILE", "What jrnl --format json printed; - is standard input.", completes: .file),
                    .init("jsonl", "FILE", "What btw export --jsonl printed; - is standard input.", completes: .file),
                ])
        ], options: [dryRunOption],
        details: """
            Brings in what jrnl --format json or btw export --jsonl printed, all or a
            part. Twice adds nothing twice. An entry updates one that is here only if
            nearly all of its text stands in it; --dry-run counts, and names those. What is
            no character becomes \u{FFFD}. What cannot be here is named and left out: exit 3.
            """, example: "btw import jrnl journal.json --dry-run")

    package let format: Format
    /// The path; `-` is standard input.
    package let path: String
    package let isDryRun: Bool

    package init(_ arguments: ParsedArguments) throws(Failure) {
        let words = arguments.words
        guard words.count == 2, let format = Format(rawValue: words[0]), !words[1].isEmpty else {
            throw .usage("An import is of one file, from jrnl or jsonl.", next: "btw import jrnl FILE --dry-run")
        }
        self.format = format
        path = words[1]
        isDryRun = arguments.has(Self.dryRunOption)
    }

    /// The largest file that an import reads, in bytes.
    private static let importBytesMax = 1 << 30

    package func run(_ context: CommandContext) async throws -> Int32 {
        let bytes = try read(context.console)
        let items: [ImportItem]
        var jrnl: JrnlFile?
        var oddLines: [ImportProblem] = []
        do {
            switch format {
            case .jrnl:
                let file = try JrnlFile(parsing: bytes)
                items = file.entries.map { ImportItem($0) }
                jrnl = file
            case .jsonl:
                let file = try ExportFile(parsing: bytes)
                items = file.entries.map { ImportItem($0) }
                oddLines = file.leftOut
            }
        } catch {
            throw Failure.importRefused(error, format: format)
        }
        let leftOutCount = jrnl?.leftOut.count ?? 0
        let console = context.console
        // A dry run creates no journal, and neither does an import of which everything was left out.
        let makesNone = isDryRun || items.isEmpty && leftOutCount > 0
        if let journal = try await makesNone ? context.openExisting() : context.open() {
            let counts = try await journal.importItems(items, isDryRun: isDryRun) { done in
                console.progress("\(done) of \(items.count)")
            }
            console.progress(nil)
            try await report(counts, jrnl, oddLines, journal, context)
        } else {
            try await report(ImportCounts(new: items.count), jrnl, oddLines, nil, context)
        }
        if let jrnl { notify(jrnl, context) }
        notify(oddLines, context)
        if !oddLines.isEmpty { throw Failure.leftOutLines(oddLines.count, isDryRun: isDryRun) }
        if leftOutCount > 0 { throw Failure.leftOut(leftOutCount, isDryRun: isDryRun) }
        return 0
    }

    /// How many entries of each warning are listed.
    private static let namedMax = 20

    private func report(
        _ counts: ImportCounts, _ jrnl: JrnlFile?, _ oddLines: [ImportProblem], _ journal: JournalSpace?,
        _ context: CommandContext
    ) async throws {
        guard context.globals.isJSON else {
            context.print(sentence(counts))
            guard let journal else { return }
            for update in counts.updates { context.print("  updated: \(try await line(update, journal, context))") }
            let unnamedCount = counts.updated - counts.updates.count
            if !counts.updates.isEmpty, unnamedCount > 0 { context.print("  and \(unnamedCount) more") }
            return
        }
        var members: JSONObject = [
            "new": .integer(counts.new), "same": .integer(counts.same), "skipped": .integer(counts.skipped),
            "updated": .integer(counts.updated),
        ]
        for (name, odd) in [(Text("left_out"), jrnl?.leftOut ?? []), (Text("mended"), jrnl?.mended ?? [])]
        where !odd.isEmpty {
            members[name] = .array(
                odd.map { entry in
                    [
                        "number": .integer(entry.number), "at": .text(Text(entry.minute)),
                        "title": .text(Text(entry.title)),
                    ]
                })
        }
        if !oddLines.isEmpty {
            members["left_out"] = .array(
                oddLines.map { ["line": .integer($0.number ?? 0), "problem": .text(Text($0.description))] })
        }
        if let count = jrnl?.skippedTagCount, count > 0 { members["skipped_tags"] = .integer(count) }
        if isDryRun, !counts.updates.isEmpty {
            members["updates"] = .array(
                counts.updates.map { update in
                    [
                        "id": .text(Text(update.id.description)), "at": .text(Text(update.at)),
                        "title": .text(Text(update.title)), "new_title": .text(Text(update.newTitle)),
                    ]
                })
        }
        context.console.print(JSONValue.object(members).canonicalText)
    }

    private func line(
        _ update: ImportCounts.Update, _ journal: JournalSpace, _ context: CommandContext
    ) async throws -> String {
        let id = try await context.shortID(update.id, update.kind, journal)
        let title = TerminalEscaping.line(update.title)
        // Diaries often repeat a title; then the changed text is shown instead.
        let new = update.newTitle == update.title ? update.difference : update.newTitle
        let news = new.isEmpty ? "" : context.style.arrow + TerminalEscaping.line(new)
        return [context.style.quiet(id), EntryLine.when(update.at), title + news].joined(
            separator: context.style.separator)
    }

    /// Warns of entries of jrnl's file that were changed by the import.
    private func notify(_ file: JrnlFile, _ context: CommandContext) {
        // Printed as JSON with the counts.
        guard !context.globals.isQuiet, !context.globals.isJSON else { return }
        func notify(_ odd: [JrnlFile.Odd], _ words: (JrnlFile.Odd) -> String) {
            for entry in odd.prefix(Self.namedMax) {
                let title = Columns.cut(TerminalEscaping.line(entry.title)[...], to: Entry.titleColumnsMax)
                let name = "Entry \(entry.number), \(TerminalEscaping.line(entry.minute)), \"\(title)\""
                context.console.notify("\(name) \(words(entry))")
            }
            if odd.count > Self.namedMax { context.console.notify("And \(odd.count - Self.namedMax) more like it.") }
        }
        notify(file.mended) { _ in "has a character that is none; \u{FFFD} stands in its place." }
        notify(file.leftOut) {
            "\(TerminalEscaping.line($0.problem?.description ?? "cannot be an entry")). It was left out."
        }
        switch file.skippedTagCount {
        case 0: break
        case 1: context.console.notify("1 tag cannot be one here; it stands in the text alone.")
        case let count: context.console.notify("\(count) tags cannot be tags here; they stand in the texts alone.")
        }
    }

    /// Warns of the lines of an export that were left out.
    private func notify(_ lines: [ImportProblem], _ context: CommandContext) {
        guard !context.globals.isQuiet, !context.globals.isJSON else { return }
        for line in lines.prefix(Self.namedMax) {
            context.console.notify(
                "Line \(line.number ?? 0) \(TerminalEscaping.line(line.description)). It was left out.")
        }
        if lines.count > Self.namedMax { context.console.notify("And \(lines.count - Self.namedMax) more like it.") }
    }

    private func sentence(_ counts: ImportCounts) -> String {
        var parts = ["\(counts.new) new", "\(counts.same) the same as before"]
        if counts.updated > 0 { parts.append("\(counts.updated) updated") }
        if counts.skipped > 0 { parts.append("\(counts.skipped) left out, since they were forgotten here") }
        let list = parts.joined(separator: ", ")
        if isDryRun { return "Nothing was written. It would be: \(list)." }
        return "Imported: \(list)." + (counts.new + counts.updated > 0 ? " To take it back: btw undo" : "")
    }

    private func read(_ console: Console) throws -> [UInt8] {
        if path == "-" { return try console.readAll(lengthMax: Self.importBytesMax) }
        // A pipe works like a file: btw import jsonl <(btw --home OTHER export --jsonl).
        guard let file = FileHandle(forReadingAtPath: path),
            let data = try? file.read(upToCount: Self.importBytesMax + 1) ?? Data()
        else {
            throw Failure(
                .unusable, code: "cannot_read", "That file cannot be read. \(Failure.nothingWritten)",
                next: "ls -l FILE, then btw import again")
        }
        guard data.count <= Self.importBytesMax else {
            throw Failure.usage("The file holds more than \(Self.importBytesMax) bytes.", next: "btw import --help")
        }
        return Array(data)
    }
}
