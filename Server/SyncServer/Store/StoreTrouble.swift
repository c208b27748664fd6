import Causality
import Wire

/// It is not done, and the device is told why. What the transaction did for it is undone.
struct StoreRefusal: Error, Hashable {
    let code: ErrorCode
    let dot: Dot?

    init(_ code: ErrorCode, _ dot: Dot? = nil) {
        self.code = code
        self.dot = dot
    }
}

/// The tables contradict themselves; names what, and holds nothing of what somebody wrote.
package struct StoreDamage: Error, Hashable, CustomStringConvertible {
    package let what: String

    init(_ what: String) {
        self.what = what
    }

    package var description: String { "the store is damaged: \(what)" }
}
