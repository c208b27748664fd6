import Sealing
import TestSupport
import Testing

@Suite struct PairingSecretTests {
    @Test func takesSixteenBytesAndNoOther() {
        for count in 0..<40 {
            let bytes = [UInt8](repeating: 7, count: count)
            #expect(PairingSecret(bytes)?.bytes == (count == 16 ? bytes : nil))
        }
    }

    @Test func theSlotFollowsFromTheSecretAndDoesNotGiveItAway() throws {
        var generator = SeededGenerator(seed: 1)
        var slots: Set<[UInt8]> = []
        for _ in 0..<100 {
            let secret = PairingSecret.random(using: &generator)
            #expect(secret.slot.count == 16)
            #expect(secret.slot == PairingSecret(secret.bytes)?.slot)
            #expect(secret.slot != secret.bytes)
            slots.insert(secret.slot)
        }
        #expect(slots.count == 100)
        let zeros = try #require(PairingSecret([UInt8](repeating: 0, count: 16)))
        for flipped in zeros.bytes.flips { #expect(PairingSecret(flipped)?.slot != zeros.slot) }
    }

    @Test func printsNothingOfItself() {
        var generator = SeededGenerator(seed: 2)
        let secret = PairingSecret.random(using: &generator)
        #expect(
            ["\(secret)", String(describing: secret), String(reflecting: secret)]
                == Array(repeating: "[secret]", count: 3))
        #expect("\([secret])" == "[[secret]]")
        #expect(Mirror(reflecting: secret).children.isEmpty)
        var dumped = ""
        dump(secret, to: &dumped)
        #expect(dumped == "- [secret]\n")
    }
}
