import Causality
import Wire

/// A refusal that the device is told; the transaction's changes are undone.
struct StoreRefusal: Error, Hashable {
    let code: ErrorCode
    let dot: Dot?

    init(_ code: ErrorCode, _ dot: Dot? = nil) {
        self.code = code
        self.dot = dot
    }
}

/// The tables contradict each other; names the part, without user data.
package struct StoreDamage: Error, Hashable, CustomStringConvertible {
    package let what: String

    init(_ what: String) {
        self.what = what
    }

    package var description: String { "the store is damaged: \(what)" }
}
