package import Records

extension Failure {
    /// A file that is not what the import takes it for.
    package static func importRefused(_ problem: ImportProblem, format: ImportRequest.Format) -> Failure {
        let place =
            switch (problem.number, format) {
            case (let number?, .jrnl): "Entry \(number) of the file"
            case (let number?, .jsonl): "Line \(number) of the file"
            case (nil, _): "The file"
            }
        return Failure(
            .usage, code: "not_\(format.rawValue)",
            "\(place) \(problem). \(nothingWritten) The file is as it was.", next: "btw import --help")
    }
}
