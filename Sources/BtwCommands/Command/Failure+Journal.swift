import Between

extension Failure {
    /// Any error, as a command reports it.
    static func translated(_ error: any Error) -> Failure {
        switch error {
        case let failure as Failure: return failure
        case let error as JournalError:
            if error.code == .forgotten { return .forgotten }
            if error.code == .notFound { return .noSuchEntry }
            return Failure(exit(of: error.code), code: error.code.rawValue, error.message, next: error.next)
        case is CancellationError:
            return Failure(.undecided, code: "stopped", "Stopped. \(nothingChanged)", next: "btw list")
        default:
            return Failure(
                .unusable, code: "internal",
                "Something went wrong that btw has no words for (\(type(of: error))). "
                    + "What was written before is safe.", next: "btw doctor")
        }
    }

    private static func exit(of code: JournalError.Code) -> Exit {
        switch code {
        case .notFound, .forgotten, .sealed, .nothingToUndo: .notFound
        case .badValue, .tooLarge, .mistyped, .notYours: .usage
        case .refused: .refused
        case .heldBack, .wrongSpace, .unboundKey: .misbehaving
        case .declined, .hasEntries, .incomplete: .undecided
        default: .unusable
        }
    }
}
