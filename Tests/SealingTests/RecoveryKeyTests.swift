import CanonicalJSON
import Causality
import Membership
import Sealing
import TestSupport
import Testing

@Suite struct RecoveryKeyTests {
    /// With Python's hmac, hashlib and base64; the secret is the bytes 0, 1, 2, ... in order.
    @Test func anotherImplementationHasTheSameKeys() throws {
        let key = try RecoveryKey(typed: "aaaqe-ayeau-daoca-jbifq-ydiob-4ibce-qtsba-s4ak6")
        #expect(key.printed == "aaaqe-ayeau-daoca-jbifq-ydiob-4ibce-qtsba-s4ak6")
        let file = try JSONValue(parsing: key.deviceKeys.encoded())
        #expect(file["sign"] == "vvTLaPmhxVlGrmFIXeL05C-dN2-_WTJCK7NZuW4a8NU")
        #expect(file["agree"] == "ymJ-xZdqfLcWD5WH0KGI6U_pb7_fBTy82u45xwcpTZQ")
    }

    @Test func isReadBackHoweverItIsTyped() throws {
        var generator = SeededGenerator(seed: 1)
        for _ in 0..<50 {
            let key = RecoveryKey.random(using: &generator)
            #expect(key.printed.utf8.count == 47)
            #expect(key.printed.split(separator: "-").map(\.utf8.count) == Array(repeating: 5, count: 8))
            let bare = key.printed.filter { $0 != "-" }
            for typed in [
                key.printed, bare, key.printed.uppercased(), " \(bare)\n", bare.map { "\($0) " }.joined(),
                key.printed.split(separator: "-").joined(separator: "\r\n"), "\t--\(bare)--",
                key.printed.replacing("-", with: "\u{2011}"), key.printed.replacing("-", with: "–"),
                "<\(key.printed)>.",
                "“\(key.printed)”\u{200B}", key.printed.replacing("-", with: "\u{A0}"), "\u{FEFF}\(bare)\u{AD}",
                key.printed.replacing("o", with: "0"), key.printed.replacing("l", with: "1"),
                key.printed.replacing("i", with: "1"),
                key.printed.replacing("o", with: "0").replacing("l", with: "1").replacing("i", with: "1"),
            ] {
                #expect(try RecoveryKey(typed: typed).deviceKeys.encoded() == key.deviceKeys.encoded())
            }
        }
    }

    @Test func everyMistypedCharacterIsFound() throws {
        var generator = SeededGenerator(seed: 2)
        let text = Array(RecoveryKey.random(using: &generator).printed.utf8)
        for index in text.indices where text[index] != UInt8(ascii: "-") {
            for other in "abcdefghijklmnopqrstuvwxyz234567" where other.utf8.first != text[index] {
                var typed = text
                typed[index] = other.utf8.first ?? 0
                #expect(error(of: reading(typed)) == .mistyped)
            }
            var shorter = text
            shorter.remove(at: index)
            #expect(error(of: reading(shorter)) == .mistyped)
            var longer = text
            longer.insert(UInt8(ascii: "a"), at: index)
            #expect(error(of: reading(longer)) == .mistyped)
            for next in text.indices.dropFirst(index + 1).prefix(1)
            where text[next] != text[index] && text[next] != UInt8(ascii: "-") {
                var swapped = text
                swapped.swapAt(index, next)
                #expect(error(of: reading(swapped)) == .mistyped)
            }
        }
        for text in [
            "", "-", "0189", "é", String(repeating: "1", count: 40), String(repeating: "\u{301}", count: 1 << 20),
            String(repeating: "a", count: 40), String(repeating: " ", count: 1 << 20),
        ] {
            #expect(error(of: reading(Array(text.utf8))) == .mistyped)
        }
    }

    private func reading(_ text: [UInt8]) -> () throws(RecoveryKeyError) -> Void {
        { () throws(RecoveryKeyError) in _ = try RecoveryKey(typed: String(decoding: text, as: UTF8.self)) }
    }

    /// After a lost machine the printed key opens everything, adds a new device and removes the lost one.
    @Test func thePaperBringsEverythingBack() throws {
        var house = try Household(seed: 3, devices: 2)
        let key = RecoveryKey.random(using: &house.generator)
        try house.log.append(
            house.log.adding(
                device: key.deviceKeys.identity, person: house.owner, role: .owner, isRecovery: true,
                by: house.devices[0]))
        try house.rotate()
        let lines = house.log.records.map(\.bytes)

        let typed = try RecoveryKey(typed: key.printed).deviceKeys
        var log = try MembershipLog(parsing: lines)
        #expect(log.member(typed.identity.id)?.isRecovery == true)
        let chain = try SpaceKeyChain(of: log, openedBy: typed)
        for epoch in log.epochs {
            #expect(try chain.keys(of: epoch.name).isSame(as: try house.chain(0).keys(of: epoch.name)))
        }
        let lost = try log.removing([house.id(0)], cut: Frontier(), by: typed, using: &house.generator)
        #expect(throws: MembershipError.noOwnerLeft) { try log.append(lost) }
        try log.append(
            log.adding(device: house.devices[1].identity, person: house.owner, role: .owner, by: typed))
        try log.append(log.removing([house.id(0)], cut: Frontier(), by: typed, using: &house.generator))
        house.log = log
        #expect(house.errors(of: 0) == [nil, nil, .noKeys])
        #expect(house.errors(of: 1) == [nil, nil, nil])
    }

    @Test func printsNothingOfItself() throws {
        var house = try Household(seed: 4, devices: 1)
        let key = RecoveryKey.random(using: &house.generator)
        let chain = try house.chain(0)
        #expect(
            ["\(key)", String(reflecting: key), "\(chain)", String(reflecting: chain)]
                == Array(repeating: "[secret]", count: 4))
        #expect(Mirror(reflecting: key).children.isEmpty && Mirror(reflecting: chain).children.isEmpty)
        var dumped = ""
        dump(key, to: &dumped)
        dump(chain, to: &dumped)
        for group in key.printed.split(separator: "-") { #expect(!dumped.contains(group)) }
        #expect(!"\(RecoveryKeyError.mistyped)".isEmpty)
    }

    /// RFC 4648, section 10, in lower case and without the padding.
    @Test(arguments: [
        ("", ""), ("f", "my"), ("fo", "mzxq"), ("foo", "mzxw6"), ("foob", "mzxw6yq"), ("fooba", "mzxw6ytb"),
        ("foobar", "mzxw6ytboi"),
    ])
    func base32IsThatOfTheStandard(_ bytes: String, _ text: String) {
        #expect(Base32.text(Array(bytes.utf8)) == text)
        #expect(Base32.bytes(text.utf8) == Array(bytes.utf8))
        #expect(Base32.bytes(text.uppercased().utf8) == Array(bytes.utf8))
    }

    @Test(arguments: ["m", "my======", "mz", "mzx", "m1", "m8", "m\u{e9}", "mzxw6y"])
    func base32RefusesOtherSpellings(_ text: String) {
        #expect(Base32.bytes(text.utf8) == nil)
    }
}
