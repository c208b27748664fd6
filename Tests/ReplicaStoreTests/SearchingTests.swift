import CanonicalJSON
import Causality
import Foundation
import GRDB
import Records
import ReplicaStore
import SQLiteFile
import TestSupport
import Testing

/// Search in texts as people write them.
@Suite struct SearchingTests {
    /// Whether a note with this text is found by these words.
    private func isFound(_ text: String, by words: String...) throws -> Bool {
        let device = try Device(1)
        try device.write((.number(1), ["kind": "note", "body": .text(Text(text))]))
        let isFoundLate = try !device.search(all: words).isEmpty
        try device.indexAll()
        #expect(try !device.search(all: words).isEmpty == isFoundLate)
        return isFoundLate
    }

    @Test(arguments: [
        ("今天公司开会，老板很生气", "公司"), ("今天公司开会，老板很生气", "老板"), ("カフェで友達と話した", "友達"),
        ("カフェで友達と話した", "カフェ"), ("오늘 회의에서 화가 났다", "회의"), ("우리팀회의록", "회의"), ("ไปหาหมอวันนี้", "หมอ"),
        ("ວັນນີ້ໄປຫາໝໍ", "ໝໍ"), ("ថ្ងៃនេះទៅរកគ្រូពេទ្យ", "គ្រូពេទ្យ"), ("ဒီနေ့ဆရာဝန်ဆီသွားတယ်", "ဆရာဝန်"),
        ("私はSwiftを学ぶ", "swift"), ("私はSwiftを学ぶ", "学ぶ"), ("私はSwiftを学ぶ", "はSwif"), ("私はＳｗｉｆｔを学ぶ", "swift"),
        ("Swift 6", "ｓｗｉｆｔ"), ("𠮷野家に行った", "𠮷野"), ("㐂び", "㐂"), ("葛󠄀城", "葛城"),
        // Decomposed syllables, as macOS names files.
        ("\u{1112}\u{116C}\u{110B}\u{1174}", "회의"), ("회의", "\u{1112}\u{116C}\u{110B}\u{1174}"),
        ("\u{1100}\u{1161}\u{11AB}", "간"), ("か\u{3099}くせい", "がく"), ("ハ\u{309A}ン", "パン"), ("う\u{3099}", "ゔ"),
    ])
    func writingWithoutSpacesIsFound(_ text: String, _ word: String) throws {
        #expect(try isFound(text, by: word))
        #expect(try isFound("before " + text + " after", by: "bef", word, "AFTER"))
    }

    @Test(arguments: [
        ("今天公司开会", "司公"), ("公路和司机", "公司"), ("今天公司开会", "公会"), ("か", "が"), ("오늘", "오날"), ("หา", "หมอ"),
        ("公。司", "会"), ("👩‍👧", "👦"), ("👍", "👍🏽"), ("🇫🇷", "🇩🇪"), ("sleeping", "leep"), ("sleep", "sleeping"),
        ("Cooking", "C++"), ("का", "की"),
    ])
    func whatIsNotThereIsNotFound(_ text: String, _ word: String) throws {
        #expect(try !isFound(text, by: word))
    }

    @Test(arguments: [
        ("slept well 😀 at last", "😀"), ("slept well😀at last", "😀"), ("slept well😀at last", "well"),
        ("slept well😀at last", "at"), ("family 👨‍👩‍👧", "👨‍👩‍👧"), ("family 👨‍👩‍👧", "👩"), ("👍🏽", "👍"), ("👍🏽", "👍🏽"),
        ("🇩🇪🇫🇷", "🇫🇷"), ("❤️", "❤"), ("❤", "❤️"), ("☀️☁️", "☁️"), ("1️⃣ first", "1️⃣"), ("🏴󠁧󠁢󠁥󠁮󠁧󠁿", "🏴󠁧󠁢󠁥󠁮󠁧󠁿"), ("→ go on", "→"),
        ("a ★ b", "★"), ("🫨", "🫨"), ("今日は😀", "今日は😀"), ("\u{F0000} own", "own"),
    ])
    func emojiAndSignsAreFound(_ text: String, _ word: String) throws {
        #expect(try isFound(text, by: word))
    }

    @Test(arguments: [
        ("sleeping badly", "sleep"), ("Sleeping badly", "SLEE"), ("Überraschung", "uberr"), ("half-done", "half-do"),
        ("Donau\u{AD}dampfschiff", "donaudampf"), ("हिन्दी में", "हिन्"), ("שָׁלוֹם", "שלום"), ("كِتَاب", "كتاب"),
        ("ελληνικά", "ελλ"),
        ("сонный", "сон"), ("cafe\u{301}s", "café"),
    ])
    func beginningsOfWordsAreFound(_ text: String, _ word: String) throws {
        #expect(try isFound(text, by: word))
    }

    @Test func allOfTheWordsMustBeThere() throws {
        #expect(try isFound("sleeping 公司 😀", by: "sle", "公", "😀"))
        #expect(try !isFound("sleeping 公司 😀", by: "sle", "公", "😢"))
        #expect(try isFound("sleeping", by: "sle", "!?", "\"", ""))
        #expect(try !isFound("sleeping", by: "!?"))
    }

    @Test func tagsAndFeelingsAreFoundLikeTexts() throws {
        let device = try Device(1)
        try device.write(
            (.number(1), ["kind": "mood", "valence": 0, "feelings/生气": true, "tags/仕事": true, "tags/run😀": true]))
        for word in ["生", "仕事", "ru", "😀"] { #expect(try device.search(word) == [.number(1)], "\(word)") }
    }

    /// After any text is removed, nothing of it stays in the index: the same function added and removed it.
    @Test func whatIsTakenOutIsGone() throws {
        let device = try Device(1)
        var generator = SeededGenerator(seed: 18)
        func text() -> Text {
            var scalars = String.UnicodeScalarView()
            for _ in 0..<200 {
                let plane = generator.pick([0, 0, 0, 1, 2, 14, 15, 16])
                let below = generator.pick([0x80, 0x600, 0x3400, 0xFFFE])
                Unicode.Scalar(UInt32(plane * 0x10000 + 1 + generator.below(below - 1))).map { scalars.append($0) }
            }
            return Text(String(scalars))
        }
        for number in 1...40 {
            try device.write((.number(number), ["kind": "homework", "title": .text(text()), "body": .text(text())]))
        }
        try device.indexAll()
        #expect(try device.words() > 1000)
        for number in 1...40 {
            try device.write((.number(number), ["body": .text(text()), "title": .text(text())]))
        }
        for number in 1...40 { try device.write((.number(number), nil)) }
        #expect(try device.words() == 0)
    }

    @Test func aReplicaOfTheVersionBeforeIsIndexedAnewOnce() throws {
        let device = try Device(1)
        let entries: [(Int, [FieldName: JSONValue])] = [
            (1, ["kind": "note", "body": "今天公司开会 😀", "tags/仕事": true]),
            (2, ["kind": "note", "body": "sleeping badly"]),
            (3, ["kind": "homework", "title": "買い物", "body": "milk", "outcome": "やった"]),
            (4, ["kind": "mood", "valence": 0, "body": "😢", "feelings/生气": true]),
            (5, ["kind": "session", "topic": "面接", "focus": "準備"]), (6, ["kind": "note", "flag": true]),
        ]
        for (number, fields) in entries { try device.write((.number(number), fields)) }
        try device.write((.number(2), ["gone": "trashed"]))
        let before = try entries.map { try device.json(.number($0.0)) }
        try device.store.file.write { try OldForm.two($0) }
        try device.reopen()
        let version = device.store.file.opening.versionBefore
        #expect(version == 2)
        #expect(try entries.map { try device.json(.number($0.0)) } == before)
        for (word, number) in [
            ("公司", 1), ("😀", 1), ("仕事", 1), ("買い", 3), ("やった", 3), ("mil", 3), ("😢", 4), ("生", 4), ("面接", 5), ("準備", 5),
        ] {
            #expect(try device.search(word) == [.number(number)], "\(word)")
        }
        #expect(try device.search("sleep") == [])
        try device.write((.number(2), ["gone": .null]))
        #expect(try device.search("sleep") == [.number(2)])
        #expect(try device.write { try $0.check(isSigned: TestKeys.isSigned) }.isSound)
        for (number, _) in entries { try device.write((.number(number), nil)) }
        #expect(try device.words() == 0)
        try device.reopen()
        #expect(device.store.file.opening.versionBefore > 2)
    }

    /// A program of an earlier version that has the file open stops, rather than write to the index in the old form.
    @Test(arguments: ["search", "words_index"])
    func whoStillWritesTheOldIndexWritesNothing(_ name: String) throws {
        let device = try Device(1)
        try device.write((.number(1), ["kind": "note", "body": "公司"]))
        #expect(throws: (any Error).self) {
            try device.store.file.write {
                try $0.execute(sql: "INSERT INTO \(name) (rowid, text, words) VALUES (2, 'a', '')")
            }
        }
    }

    /// A replica of the last version whose entries were indexed as they were written.
    @Test func aReplicaThatWasIndexedWithEachWriteIsNotIndexedAgain() throws {
        let device = try Device(1)
        for number in 1...3 { try device.write((.number(number), ["kind": "note", "body": "milk"])) }
        try device.indexAll()
        let words = try device.words()
        try device.store.file.write { try OldForm.nine($0) }
        try device.reopen()
        try device.write((.number(4), ["kind": "note", "body": "bread"]))
        #expect(try device.search("milk").count == 3)
        #expect(try device.search("bread") == [.number(4)])
        #expect(try device.words() == words)
        for number in 1...4 { try device.write((.number(number), nil)) }
        #expect(try device.words() == 0)
    }

    // MARK: Late entries

    /// A note pays nothing for the index until there are too many that wait for it.
    @Test func aNewEntryIsIndexedLaterWithOthers() throws {
        let device = try Device(1)
        for number in 1...64 {
            try device.write((.number(number), ["kind": "note", "body": .text(Text("w\(100 + number)"))]))
        }
        #expect(try device.words() == 0)
        #expect(try device.search("w164") == [.number(64)])
        try device.write((.number(65), ["kind": "note", "body": "w165"]))
        #expect(try device.words() == 65)
        try device.write((.number(66), ["kind": "note", "body": "w166"]))
        #expect(try device.words() == 65)
        for number in [1, 64, 65, 66] { #expect(try device.search("w\(100 + number)") == [.number(number)]) }
        // What is indexed is kept up to date with each write, what is late when it is indexed.
        for number in [65, 66] { try device.write((.number(number), ["body": .text(Text("again\(number)"))])) }
        #expect(try device.search("w165") == [] && device.search("w166") == [])
        #expect(try Set(device.search("again")) == [.number(65), .number(66)])
        try device.write((.number(65), nil))
        try device.write((.number(66), nil))
        #expect(try device.search("again") == [])
        try device.indexAll()
        #expect(try device.words() == 64)
    }

    /// A transaction that writes many indexes them itself.
    @Test func aLongTransactionLeavesNoneBehind() throws {
        let device = try Device(1)
        try device.write { writer in
            try writer.append(
                (1...200).map {
                    .init(
                        .number($0), EditContent(at: .init(millisSince1970: 0), fields: ["kind": "note", "body": "w"]))
                })
        }
        #expect(try device.search("w").count == 200)
        let late = try device.store.file.read {
            try Int.fetchOne(
                $0, sql: "SELECT count(*) FROM entry WHERE key > (SELECT value FROM setting WHERE name = 'indexed')")
        }
        #expect(late == 0)
    }

    /// Random writes, forgets and checks: the index finds what the tables have.
    @Test func whatIsFoundIsWhatIsThereWhateverIsLate() throws {
        let device = try Device(1)
        var generator = SeededGenerator(seed: 64)
        var texts: [Int: String] = [:]
        var forgotten: Set<Int> = []
        for step in 0..<600 {
            let number = generator.chance(0.7) ? step + 1 : 1 + generator.below(step + 1)
            guard !forgotten.contains(number) else { continue }
            if generator.chance(0.1), texts[number] != nil {
                try device.write((.number(number), nil))
                texts[number] = nil
                forgotten.insert(number)
            } else {
                let word = "x\(generator.below(40))y"
                try device.write((.number(number), ["kind": "note", "body": .text(Text(word))]))
                texts[number] = word
            }
            if step % 25 == 0 {
                let word = "x\(generator.below(40))y"
                let expected = Set(texts.filter { $0.value == word }.keys.map { EntryID.number($0) })
                #expect(try Set(device.search(word)) == expected)
            }
            if generator.chance(0.005) { try device.indexAll() }
        }
        try device.indexAll()
        #expect(try device.words() == Set(texts.values).count)
    }

    @Test func aSearchInAReplicaThatCannotBeWrittenFindsWhatIsLate() throws {
        let device = try Device(1)
        try device.write((.number(1), ["kind": "note", "body": "milk"]))
        let store = try Replica(readOnly: device.folder.path + "/db", lockFile: device.folder.path + "/lock")
        var found: [EntryID] = []
        for _ in 0..<2 { try store.read { try $0.search(["mil"], in: $0.journal()) { found.append($0.id) } } }
        #expect(found == [.number(1), .number(1)])
        try store.file.close()
    }
}

extension Device {
    /// Brings the entries into the index that are late.
    func indexAll() throws { #expect(try write { try $0.check(isSigned: TestKeys.isSigned) }.isSound) }

    /// How many words the index holds.
    func words() throws -> Int {
        try store.write { try $0.compactSearch() }
        return try store.file.write { database in
            try database.execute(sql: "CREATE VIRTUAL TABLE temp.terms USING fts5vocab (main, word_index, row)")
            defer { try? database.execute(sql: "DROP TABLE temp.terms") }
            return try Int.fetchOne(database, sql: "SELECT count(*) FROM temp.terms") ?? -1
        }
    }
}

/// The tables of earlier versions.
enum OldForm {
    /// The ninth.
    static func nine(_ database: Database) throws {
        try database.execute(
            sql: """
                DROP TABLE space_setting;
                DELETE FROM setting WHERE name = 'indexed';
                ALTER TABLE word_index RENAME TO words_index;
                ALTER TABLE first_value DROP COLUMN is_proven;
                ALTER TABLE first_value DROP COLUMN n;
                ALTER TABLE first_value DROP COLUMN line;
                PRAGMA user_version = 9;
                """)
    }

    /// The second.
    static func two(_ database: Database) throws {
        try database.execute(
            sql: """
                DROP TABLE word_index;
                DELETE FROM setting WHERE name = 'indexed';
                CREATE VIRTUAL TABLE search USING fts5 (
                    text, words, content = '', tokenize = 'unicode61 remove_diacritics 2');
                INSERT INTO search (rowid, text, words) SELECT entry, coalesce(body, ''), '' FROM note;
                DROP TABLE aside_gone;
                DROP TABLE alarm;
                DROP TABLE verified;
                DROP TABLE space_setting;
                DROP INDEX aside_of_sender;
                ALTER TABLE aside DROP COLUMN sender;
                ALTER TABLE edit DROP COLUMN proof;
                DROP TABLE first_value;
                ALTER TABLE change DROP COLUMN is_open;
                ALTER TABLE change DROP COLUMN dots;
                ALTER TABLE entry ADD COLUMN title TEXT NOT NULL DEFAULT '';
                UPDATE entry SET title = 'as it was' WHERE kind IS NOT NULL;
                PRAGMA user_version = 2;
                """)
    }
}
