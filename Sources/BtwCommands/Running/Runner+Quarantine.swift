import Between
import CanonicalJSON

extension Runner {
    func quarantine(_ request: QuarantineRequest) async throws -> Int32 {
        guard let journal = try await openToRead() else {
            guard case .list = request else { throw Failure.nothingQuarantined }
            return 0
        }
        switch request {
        case .list, .export:
            let edits = try await journal.quarantined()
            for edit in edits {
                let line = QuarantineLine(edit)
                if case .export = request {
                    try console.print(line.exported.canonicalText)
                } else {
                    try console.print(globals.isJSON ? line.json.canonicalText : line.text(look))
                }
            }
            if edits.isEmpty, case .list = request { say("Nothing is set aside.") }
        case .adopt(let id): try await print([try await journal.adopt(id)], journal)
        case .drop(let id):
            guard let edit = try await journal.quarantined().first(where: { $0.id == id }) else {
                throw Failure.nothingQuarantined
            }
            if !globals.saysYes {
                let question = "Drop it for ever? It is nowhere else that this device knows of."
                guard console.isInputTerminal else { throw Failure.needsAnswer(question, option: "--yes") }
                console.tell(QuarantineLine(edit).text(look))
                guard console.asks(question) else { throw Failure.answeredNo }
            }
            try await journal.drop(id)
            say("Dropped.")
        }
        return 0
    }
}

extension Failure {
    fileprivate static let nothingQuarantined = Failure(
        .notFound, code: "not_found", "Nothing is set aside under that. Nothing was changed.", next: "btw quarantine")
}
