package import Between
import Causality

/// `btw quarantine`, `btw quarantine adopt ID`, `btw quarantine drop ID`, `btw quarantine export`.
package enum QuarantineRequest: Hashable, Sendable {
    case list
    /// What is in it too, a line of JSON each.
    case export
    case adopt(QuarantinedEdit.ID)
    case drop(QuarantinedEdit.ID)

    init(_ scanned: OptionScanner) throws(Failure) {
        switch scanned.words {
        case []: self = .list
        case ["export"]: self = .export
        case let words where words.count == 2 && (words[0] == "adopt" || words[0] == "drop"):
            guard let id = QuarantinedEdit.ID(TypedText.plain(words[1])) else {
                throw .usage("What is set aside is named by two numbers, as 3.1.", next: "btw quarantine")
            }
            self = words[0] == "adopt" ? .adopt(id) : .drop(id)
        default:
            throw .usage("What can be done with it: list it, export it, adopt one, drop one.", of: .quarantine)
        }
    }
}
