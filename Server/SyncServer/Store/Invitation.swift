package import Causality
import Membership

/// A device that is not known may enrol once with the secret of this.
package struct Invitation: Hashable, Sendable {
    /// Of the secret, which the server does not keep.
    package let hash: Hash256
    /// When it is no longer good, in milliseconds since 1970 by the server's clock.
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
