import Membership
import Sealing
import Testing

/// No description of a secret contains it.
@Suite struct SecretTests {
    @Test func printsNothingOfKeys() throws {
        let device = try Device(seed: 1)
        #expect(printings(of: device.keys) == Array(repeating: "[secret]", count: 4))
        #expect(printings(of: device.founding.keys) == Array(repeating: "[secret]", count: 4))
        #expect("\([device.keys])" == "[[secret]]")
        #expect(Mirror(reflecting: device.keys).children.isEmpty)
        #expect(Mirror(reflecting: device.founding.keys).children.isEmpty)
        var dumped = ""
        dump(device, to: &dumped)
        #expect(dumped.contains("[secret]"))
        for name in ["boxKey", "indexKey", "agreement:", "signing:", "Crypto."] { #expect(!dumped.contains(name)) }
    }

    private func printings<Secret>(of secret: Secret) -> [String] {
        var dumped = ""
        dump(secret, to: &dumped)
        return [
            "\(secret)", String(describing: secret), String(reflecting: secret),
            dumped.split(separator: "\n").joined().split(separator: " ").last.map(String.init) ?? "",
        ]
    }
}
