import CanonicalJSON
import TestSupport
import Testing

@Suite("Numbers")
struct NumberTests {
    /// RFC 8785 appendix B, as bits and text.
    static let appendixB: [(bits: UInt64, text: String)] = [
        (0x0000_0000_0000_0000, "0"),
        (0x8000_0000_0000_0000, "0"),
        (0x0000_0000_0000_0001, "5e-324"),
        (0x8000_0000_0000_0001, "-5e-324"),
        (0x7fef_ffff_ffff_ffff, "1.7976931348623157e+308"),
        (0xffef_ffff_ffff_ffff, "-1.7976931348623157e+308"),
        (0x4340_0000_0000_0000, "9007199254740992"),
        (0xc340_0000_0000_0000, "-9007199254740992"),
        (0x4430_0000_0000_0000, "295147905179352830000"),
        (0x44b5_2d02_c7e1_4af5, "9.999999999999997e+22"),
        (0x44b5_2d02_c7e1_4af6, "1e+23"),
        (0x44b5_2d02_c7e1_4af7, "1.0000000000000001e+23"),
        (0x444b_1ae4_d6e2_ef4e, "999999999999999700000"),
        (0x444b_1ae4_d6e2_ef4f, "999999999999999900000"),
        (0x444b_1ae4_d6e2_ef50, "1e+21"),
        (0x3eb0_c6f7_a0b5_ed8c, "9.999999999999997e-7"),
        (0x3eb0_c6f7_a0b5_ed8d, "0.000001"),
        (0x41b3_de43_5555_5553, "333333333.3333332"),
        (0x41b3_de43_5555_5554, "333333333.33333325"),
        (0x41b3_de43_5555_5555, "333333333.3333333"),
        (0x41b3_de43_5555_5556, "333333333.3333334"),
        (0x41b3_de43_5555_5557, "333333333.33333343"),
        (0xbecb_f647_612f_3696, "-0.0000033333333333333333"),
        (0x4314_3ff3_c1cb_0959, "1424953923781206.2"),
    ]

    @Test(arguments: appendixB)
    func writesTheSamplesOfRFC8785(bits: UInt64, text: String) throws {
        let double = Double(bitPattern: bits)
        #expect(JSONValue.real(double).canonicalText == text)
        #expect(JSONValue.number(double).canonicalText == text)
        #expect(try JSONValue(parsing: text.utf8) == .number(double))
    }

    @Test(arguments: [
        (1e21, "1e+21"), (1e16, "10000000000000000"), (0.000001, "0.000001"), (1e-7, "1e-7"), (123.456, "123.456"),
        (0.1, "0.1"), (-0.5, "-0.5"), (100, "100"), (1e20, "100000000000000000000"), (1.5e-9, "1.5e-9"),
        (12e30, "1.2e+31"), (0.00001234, "0.00001234"), (1e100, "1e+100"), (4.35, "4.35"),
    ])
    func laysOutDoublesAsECMAScriptDoes(double: Double, text: String) {
        #expect(JSONValue.real(double).canonicalText == text)
    }

    @Test(
        arguments: [
            ("0", .integer(0)), ("-0", .integer(0)), ("-0.0", .integer(0)), ("0e5", .integer(0)),
            ("0E-99999", .integer(0)),
            ("0e99999999999999999999", .integer(0)), ("1", .integer(1)), ("1.0", .integer(1)), ("1.00e0", .integer(1)),
            ("100e-2", .integer(1)), ("1e2", .integer(100)), ("1E+2", .integer(100)), ("-7", .integer(-7)),
            ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)),
            ("9007199254740993", .integer(9_007_199_254_740_993)),
            ("9007199254740991.0", .integer(9_007_199_254_740_991)),
            ("9223372036854775808", .real(0x1p63)), ("-9223372036854775809", .real(-0x1p63)),
            ("18446744073709551616", .real(0x1p64)), ("99999999999999999999", .real(1e20)),
            ("1e18", .integer(1_000_000_000_000_000_000)),
            ("1.2345678901234567e18", .integer(1_234_567_890_123_456_800)),
            ("1e19", .real(1e19)), ("1.5", .real(1.5)), ("-2.5e-3", .real(-0.0025)), ("1e-400", .integer(0)),
            ("1.7976931348623157e308", .real(.greatestFiniteMagnitude)), ("4.9e-324", .real(0x1p-1074)),
            ("0.1000000000000000055511151231257827021181583404541015625", .real(0.1)),
            ("123456789012345678901234567890e-29", .real(1.2345678901234568)),
            ("2.2250738585072011e-308", .real(0x1p-1022.nextDown)),
        ] as [(String, JSONValue)])
    func readsEachNumberAsOneValue(text: String, value: JSONValue) throws {
        #expect(try JSONValue(parsing: text.utf8) == value)
        #expect(try JSONValue(parsing: value.canonicalBytes()) == value)
    }

    @Test func refusesToWriteWhatJSONCannotSay() async {
        await #expect(processExitsWith: .failure) { _ = JSONValue.real(.nan).canonicalBytes() }
        await #expect(processExitsWith: .failure) { _ = JSONValue.array([.number(-.infinity)]).canonicalBytes() }
    }

    @Test func manyDigitsAreRoundedOnceAndInLinearTime() throws {
        let zeros = String(repeating: "0", count: 1_000_000)
        let time = try leastThreadTime(of: 2) {
            let values = try ["0.\(zeros)1e1000001", "1.5\(zeros)1", "1\(zeros)e-1000000"].map { text in
                try JSONValue(parsing: text.utf8)
            }
            #expect(values == [1, .real(1.5), 1])
        }
        #expect(time < .seconds(1))
    }
}
