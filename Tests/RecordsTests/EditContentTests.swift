import CanonicalJSON
import Records
import Testing

/// The plaintext of a box.
@Suite struct EditContentTests {
    private static func content(_ at: String?) -> EditContent? {
        let member = at.map { "\"at\":\($0)," } ?? ""
        return EditContent("{\(member)\"fields\":{\"body\":\"a\"}}".utf8)
    }

    /// It is for display only: an edit must not be lost over another program's number format.
    @Test(arguments: [
        ("0", 0), ("1795248000000", 1_795_248_000_000), ("1795248000000.0", 1_795_248_000_000),
        ("1.795248e12", 1_795_248_000_000), ("1795248000000.75", 1_795_248_000_000), ("0.5", 0), ("-0.5", -1),
        ("-62167219200000", -62_167_219_200_000), ("253402300799999", 253_402_300_799_999),
        ("253402300799999.9", 253_402_300_799_999),
    ])
    func timesAreReadToTheMillisecond(_ at: String, _ millis: Int) {
        #expect(Self.content(at)?.at.millisSince1970 == millis)
    }

    @Test(arguments: [
        nil, "null", "\"1795248000000\"", "[0]", "253402300800000", "-62167219200001", "-62167219200000.1", "1e300",
    ])
    func whatIsNoTimeOfACalendarIsNoContent(_ at: String?) {
        #expect(Self.content(at) == nil)
    }

    @Test(arguments: [
        "{\"at\":0}", "{\"at\":0,\"fields\":[]}", "{\"at\":0,\"fields\":{\"\":1}}",
        "{\"at\":0,\"fields\":{\"a\\u0000b\":1}}",
        "{\"at\":0,\"at\":0,\"fields\":{}}", "{\"at\":0,\"fields\":{}} x", "[]", "",
    ])
    func whatHasNoFieldsByNameIsNoContent(_ text: String) {
        #expect(EditContent(text.utf8) == nil)
    }

    @Test func anySpellingOfJSONIsRead() {
        let text = #" { "fields" : { "b\u006fdy" : "a\/\ud83d\ude00" } , "newer": 1.5e3, "at" : 7 } "#
        let content = EditContent(text.utf8)
        #expect(content?.fields == ["body": "a/😀"])
        #expect(content?.newer == ["newer": 1500])
        #expect(content?.bytes == Array(#"{"at":7,"fields":{"body":"a/😀"},"newer":1500}"#.utf8))
    }
}
