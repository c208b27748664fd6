import CanonicalJSON
import Dispatch
import Foundation
import Synchronization
import Testing

@Suite("What the reader refuses")
struct RefusalTests {
    struct Refusal: Sendable, CustomTestStringConvertible {
        let bytes: [UInt8]
        let error: JSONError

        init(_ text: String, _ code: JSONError.Code, at byteOffset: Int) {
            self.init(Array(text.utf8), code, at: byteOffset)
        }

        init(_ bytes: [UInt8], _ code: JSONError.Code, at byteOffset: Int) {
            self.bytes = bytes
            error = JSONError(code, byteOffset: byteOffset)
        }

        var testDescription: String { "\(String(decoding: bytes, as: UTF8.self).debugDescription): \(error.code)" }
    }

    static let grammar: [Refusal] = [
        Refusal("", .unexpectedEnd, at: 0),
        Refusal(" \n", .unexpectedEnd, at: 2),
        Refusal("1 2", .trailingBytes, at: 2),
        Refusal("{}{}", .trailingBytes, at: 2),
        Refusal("null\0", .trailingBytes, at: 4),
        Refusal("\u{feff}1", .byteOrderMark, at: 0),
        Refusal(" \u{feff}1", .unexpectedByte, at: 1),
        Refusal("[1,]", .unexpectedByte, at: 3),
        Refusal("[,1]", .unexpectedByte, at: 1),
        Refusal("[1 2]", .unexpectedByte, at: 3),
        Refusal("[1}", .unexpectedByte, at: 2),
        Refusal("{\"a\":1,}", .unexpectedByte, at: 7),
        Refusal("{\"a\" 1}", .unexpectedByte, at: 5),
        Refusal("{a:1}", .unexpectedByte, at: 1),
        Refusal("{1:1}", .unexpectedByte, at: 1),
        Refusal("{\"a\":1]", .unexpectedByte, at: 6),
        Refusal("'a'", .unexpectedByte, at: 0),
        Refusal("[1]//", .trailingBytes, at: 3),
        Refusal("/**/1", .unexpectedByte, at: 0),
        Refusal("True", .unexpectedByte, at: 0),
        Refusal("trux", .unexpectedByte, at: 3),
        Refusal("nul", .unexpectedEnd, at: 3),
        Refusal("falsey", .trailingBytes, at: 5),
        Refusal("\u{a0}1", .unexpectedByte, at: 0),
        Refusal("\u{c}1", .unexpectedByte, at: 0),
    ]

    static let numbers: [Refusal] = [
        Refusal("01", .invalidNumber, at: 1),
        Refusal("-01", .invalidNumber, at: 2),
        Refusal("00", .invalidNumber, at: 1),
        Refusal("+1", .unexpectedByte, at: 0),
        Refusal(".5", .unexpectedByte, at: 0),
        Refusal("1.", .unexpectedEnd, at: 2),
        Refusal("[1.]", .invalidNumber, at: 3),
        Refusal("[1.e5]", .invalidNumber, at: 3),
        Refusal("[1e]", .invalidNumber, at: 3),
        Refusal("[1e+]", .invalidNumber, at: 4),
        Refusal("[-]", .invalidNumber, at: 2),
        Refusal("-", .unexpectedEnd, at: 1),
        Refusal("--1", .invalidNumber, at: 1),
        Refusal("1.2.3", .trailingBytes, at: 3),
        Refusal("0x10", .trailingBytes, at: 1),
        Refusal("1_000", .trailingBytes, at: 1),
        Refusal("NaN", .unexpectedByte, at: 0),
        Refusal("nan", .unexpectedByte, at: 1),
        Refusal("Infinity", .unexpectedByte, at: 0),
        Refusal("-Infinity", .invalidNumber, at: 1),
        Refusal("[1e400]", .numberOutOfRange, at: 1),
        Refusal("[-1e400]", .numberOutOfRange, at: 1),
        Refusal("1e99999999999999999999", .numberOutOfRange, at: 0),
        Refusal("1.7976931348623159e308", .numberOutOfRange, at: 0),
        Refusal(String(repeating: "9", count: 400), .numberOutOfRange, at: 0),
        Refusal("0." + String(repeating: "0", count: 2_000_000) + "1e4000000", .numberOutOfRange, at: 0),
    ]

    static let strings: [Refusal] = [
        Refusal("\"a", .unexpectedEnd, at: 2),
        Refusal("\"a\\", .unexpectedEnd, at: 3),
        Refusal("\"a\\\"", .unexpectedEnd, at: 4),
        Refusal("\"tab\there\"", .controlCharacter, at: 4),
        Refusal("\"a long run before a newline\n\"", .controlCharacter, at: 28),
        Refusal("\"\0\"", .controlCharacter, at: 1),
        Refusal("\"\u{1f}\"", .controlCharacter, at: 1),
        Refusal("\"\\x41\"", .invalidEscape, at: 1),
        Refusal("\"\\'\"", .invalidEscape, at: 1),
        Refusal("\"\\u12g4\"", .invalidEscape, at: 1),
        Refusal("\"\\u12\"", .invalidEscape, at: 1),
        Refusal("\"\\U0041\"", .invalidEscape, at: 1),
        Refusal("\"\\u+123\"", .invalidEscape, at: 1),
        Refusal("\"ab\\ud800\"", .loneSurrogate, at: 3),
        Refusal("\"ab\\udc00\"", .loneSurrogate, at: 3),
        Refusal("\"\\ud800x\"", .loneSurrogate, at: 1),
        Refusal("\"\\ud800\\n\"", .loneSurrogate, at: 1),
        Refusal("\"\\ud800\\ud800\"", .loneSurrogate, at: 1),
        Refusal("\"\\udc00\\ud800\"", .loneSurrogate, at: 1),
        Refusal("\"\\ud800\\u0041\"", .loneSurrogate, at: 1),
        Refusal("\"\\ud800", .unexpectedEnd, at: 7),
    ]

    /// Each inside a string that begins at byte 1: stray, overlong, surrogate, too large, truncated.
    static let notUTF8: [Refusal] = [
        [0x80], [0xff], [0xc0, 0x80], [0xc1, 0xbf], [0xe0, 0x80, 0x80], [0xed, 0xa0, 0x80], [0xed, 0xbf, 0xbf],
        [0xf0, 0x80, 0x80, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xf5, 0x80, 0x80, 0x80], [0xe2, 0x82], [0xc3],
        Array("\\n".utf8) + [0x80], [0xc3] + Array("\\u00e9".utf8), Array("\\u00e9".utf8) + [0xa9],
        Array("a longer run of plain text".utf8) + [0xf0, 0x9f, 0x98],
    ].map { Refusal(Array("[\"".utf8) + $0 + Array("\"]".utf8), .invalidUTF8, at: 1) }

    static let keys: [Refusal] = [
        Refusal(#"{"a":1,"a":1}"#, .duplicateKey, at: 7),
        Refusal(#"{"a":1,"b":2,"\u0061":3}"#, .duplicateKey, at: 13),
        Refusal(#"{"b":1,"a":2,"c":0,"b":3,"a":4}"#, .duplicateKey, at: 19),
        Refusal(#"{"":1,"":2}"#, .duplicateKey, at: 6),
        Refusal(#"{"x":[{"k":1},{"k":1,"k":2}],"y":0}"#, .duplicateKey, at: 21),
        Refusal(#"{"z":{"b":0,"a":0},"y":{"z":0},"z":1}"#, .duplicateKey, at: 31),
        Refusal(#"{"\ud83d\ude00":1,"😀":2}"#, .duplicateKey, at: 18),
    ]

    @Test(arguments: [grammar, strings, notUTF8, keys].flatMap { $0 } + numbers.filter { $0.bytes.count < 500 })
    func refuses(_ refusal: Refusal) {
        #expect(throws: refusal.error) { try JSONValue(parsing: refusal.bytes) }
    }

    @Test func refusesAHugeExponentBehindAsManyZeros() throws {
        let refusal = try #require(Self.numbers.last)
        #expect(throws: refusal.error) { try JSONValue(parsing: refusal.bytes) }
    }

    @Test(arguments: [0, 1, 64, JSONLimits.depthMaxCeiling])
    func nestsAsDeepAsTheLimitAndNoDeeper(depthMax: Int) throws {
        let limits = JSONLimits(depthMax: depthMax)
        for (open, close) in [("[", "]"), (#"{"a":["#, "]}")] {
            let levels = open == "[" ? depthMax : depthMax / 2
            let atLimit = String(repeating: open, count: levels) + "1" + String(repeating: close, count: levels)
            #expect(throws: Never.self) { try JSONValue(parsing: atLimit.utf8, limits: limits) }
        }
        let beyond = String(repeating: "[", count: 100_000)
        #expect(throws: JSONError(.tooDeep, byteOffset: depthMax)) {
            try JSONValue(parsing: beyond.utf8, limits: limits)
        }
        #expect(JSONLimits().depthMax == 64)
    }

    @Test func theDeepestNestingFitsTheStackOfAWorkerThread() {
        let open = String(repeating: #"[{"":"#, count: JSONLimits.depthMaxCeiling / 2)
        let close = String(repeating: "}]", count: JSONLimits.depthMaxCeiling / 2)
        let bytes = Array((open + "1" + close).utf8)
        let survived = Mutex(false)
        let done = DispatchSemaphore(value: 0)
        let thread = Thread {
            let limits = JSONLimits(depthMax: JSONLimits.depthMaxCeiling)
            let value = try? JSONValue(parsing: bytes, limits: limits)
            survived.withLock { $0 = value?.canonicalBytes() == bytes }
            done.signal()
        }
        thread.stackSize = 512 << 10
        thread.start()
        done.wait()
        #expect(survived.withLock { $0 })
    }

    @Test func refusesADocumentCutAnywhere() throws {
        let document = Array(
            #"{"at":"é\n\ud83d\ude00","b":[1,-2.5e-3,true,false,null,{"":[]}],"clock":{"x":12},"z":"\"\\\/"}"#.utf8)
        _ = try JSONValue(parsing: document)
        for count in 0..<document.count {
            #expect(throws: JSONError.self, "cut after \(count) bytes") { try JSONValue(parsing: document[..<count]) }
        }
    }

    @Test func saysWhereAndWhyButNeverWhat() throws {
        let error = try #require(throws: JSONError.self) {
            try JSONValue(parsing: #"{"secret":"diary","secret":1}"#.utf8)
        }
        #expect(String(describing: error) == "JSON refused at byte 18: duplicateKey")
    }
}
