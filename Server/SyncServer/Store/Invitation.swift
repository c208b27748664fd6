package import Causality
import Membership

/// An invitation: its secret lets one unknown device enrol once.
package struct Invitation: Hashable, Sendable {
    /// The hash of the secret, which the server does not keep.
    package let hash: Hash256
    /// Its expiry in milliseconds since 1970, by the server's clock.
    package let untilMillis: Int

    package init(secret: [UInt8], untilMillis: Int) {
        hash = Self.hash(of: secret)
        self.untilMillis = untilMillis
    }

    static func hash(of secret: [UInt8]) -> Hash256 {
        var bytes = CanonicalBytes(label: "between invitation 1")
        bytes.append(secret)
        return .sha256(bytes.bytes)
    }
}
