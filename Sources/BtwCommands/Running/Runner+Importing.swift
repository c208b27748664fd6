import Between
import CanonicalJSON
import Foundation
import Records

extension Runner {
    /// The largest file that an import reads.
    private static let importBytesMax = 1 << 30

    func importFile(_ request: ImportRequest) async throws -> Int32 {
        let bytes = try read(request.path)
        let items: [ImportItem]
        do {
            items =
                switch request.format {
                case .jrnl: try JrnlFile(parsing: bytes).entries.map { ImportItem($0) }
                case .jsonl: try ExportFile(parsing: bytes).entries.map { ImportItem($0) }
                }
        } catch {
            throw Failure.importRefused(error, format: request.format)
        }
        let console = console
        // Counting makes no journal.
        guard let journal = try await request.isDryRun ? openExisting() : open() else {
            report(ImportCounts(new: items.count), isDryRun: true)
            return 0
        }
        let counts = try await journal.importItems(items, isDryRun: request.isDryRun) { done in
            console.progress("\(done) of \(items.count)")
        }
        console.progress(nil)
        report(counts, isDryRun: request.isDryRun)
        return 0
    }

    private func report(_ counts: ImportCounts, isDryRun: Bool) {
        if globals.isJSON {
            console.say(
                JSONValue.object([
                    "new": .integer(counts.new), "same": .integer(counts.same), "skipped": .integer(counts.skipped),
                    "updated": .integer(counts.updated),
                ]).canonicalText)
        } else {
            say(sentence(counts, isDryRun: isDryRun))
        }
    }

    private func sentence(_ counts: ImportCounts, isDryRun: Bool) -> String {
        var parts = ["\(counts.new) new", "\(counts.same) the same as before"]
        if counts.updated > 0 { parts.append("\(counts.updated) updated") }
        if counts.skipped > 0 { parts.append("\(counts.skipped) left out, since they were forgotten here") }
        let list = parts.joined(separator: ", ")
        if isDryRun { return "Nothing was written. It would be: \(list)." }
        return "Imported: \(list)." + (counts.new + counts.updated > 0 ? " To take it back: btw undo" : "")
    }

    private func read(_ path: String) throws -> [UInt8] {
        if path == "-" { return try console.readAll(lengthMax: Self.importBytesMax) }
        // A pipe is as good as a file: btw import jsonl <(btw --home OTHER export --jsonl).
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
