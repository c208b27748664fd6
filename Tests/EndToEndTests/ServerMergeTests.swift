import CanonicalJSON
import Foundation
import Testing

/// What people expect when two of their devices met: PRODUCT.md 2.8, through the server, in both orders.
@Suite struct ServerMergeTests {
    /// One thing that happens to one entry on two devices.
    struct Row {
        let name: String
        /// Makes the entry before the devices part.
        let entry: [String]
        var before: [[String]] = []
        /// Commands on the laptop and on the phone; `ID` is the entry.
        let laptop: [[String]]
        let phone: [[String]]
        /// What the entry is then; `nil` if it is gone.
        let holds: @Sendable (Printed?) -> Bool
    }

    static let rows: [Row] = [
        Row(
            name: "the same sentence, rewritten twice", entry: ["note", "One. Two. Three."],
            laptop: [["edit", "ID", "--set", "body=One. Twice. Three."]],
            phone: [["edit", "ID", "--set", "body=One. Double. Three."]],
            holds: {
                let body = $0?.body ?? ""
                return ["One.", "Twice.", "Double.", "Three."].allSatisfy(body.contains) && !body.contains("<<<")
            }),
        Row(
            name: "the first and the last sentence", entry: ["note", "One. Two. Three."],
            laptop: [["edit", "ID", "--set", "body=First. Two. Three."]],
            phone: [["edit", "ID", "--set", "body=One. Two. Last."]], holds: { $0?.body == "First. Two. Last." }),
        Row(
            name: "different fields: done, and renamed", entry: ["hw", "research"], laptop: [["done", "ID"]],
            phone: [["edit", "ID", "--set", "title=research companies"]],
            holds: { $0?["title"] == "research companies" && $0?["state"] == "done" }),
        Row(
            name: "tags added on both, and one taken away here and added there", entry: ["note", "x", "--tag", "a"],
            laptop: [["edit", "ID", "--set", "tags+=b"], ["edit", "ID", "--set", "tags-=a"]],
            phone: [["edit", "ID", "--set", "tags-=a"], ["edit", "ID", "--set", "tags+=a", "tags+=c"]],
            holds: { $0?.tags == ["a", "b", "c"] }),
        Row(
            name: "edited here, trashed there", entry: ["note", "old"],
            laptop: [["edit", "ID", "--set", "body=new"]], phone: [["rm", "ID"]],
            holds: { $0?.body == "new" && $0?["gone"] == nil }),
        Row(
            name: "edited here, forgotten there", entry: ["note", "canary-forgotten"],
            laptop: [["edit", "ID", "--set", "body=canary-forgotten too"]], phone: [["forget", "ID", "--yes"]],
            holds: { $0 == nil }),
        Row(
            name: "forgotten here, edited there", entry: ["note", "canary-forgotten"],
            laptop: [["forget", "ID", "--yes"]],
            phone: [["edit", "ID", "--set", "body=canary-forgotten too"], ["edit", "ID", "--set", "tags+=t"]],
            holds: { $0 == nil }),
        Row(
            name: "done twice", entry: ["hw", "once"], laptop: [["done", "ID"]], phone: [["done", "ID"]],
            holds: { $0?["state"] == "done" && $0?["done_at"] != nil }),
        Row(
            name: "done here, let go there", entry: ["hw", "either"], laptop: [["done", "ID", "--let-go"]],
            phone: [["done", "ID"]], holds: { $0?["state"] == "done" }),
        Row(
            name: "done here, another date there", entry: ["hw", "late"], laptop: [["done", "ID"]],
            phone: [["edit", "ID", "--set", "due=2026-12-01"]],
            holds: { $0?["state"] == "done" && $0?["due"] == "2026-12-01" }),
        Row(
            name: "flag set here, set and cleared there", entry: ["note", "f"],
            laptop: [["edit", "ID", "--set", "flag=yes"]],
            phone: [["edit", "ID", "--set", "flag=yes"], ["edit", "ID", "--set", "flag="]],
            holds: { $0?.json["flag"] == .bool(true) }),
        Row(
            name: "two dates to be done by", entry: ["hw", "when"],
            laptop: [["edit", "ID", "--set", "due=2026-11-01"]], phone: [["edit", "ID", "--set", "due=2026-11-20"]],
            holds: { $0?["due"] == "2026-11-20" }),
        Row(
            name: "a date here, next there", entry: ["hw", "when"],
            laptop: [["edit", "ID", "--set", "due=next"]], phone: [["edit", "ID", "--set", "due=2026-11-02"]],
            holds: { $0?["due"] == "2026-11-02" }),
        Row(
            name: "changed and undone here, another field there", entry: ["hw", "title"],
            laptop: [["edit", "ID", "--set", "title=wrong"], ["undo"]],
            phone: [["edit", "ID", "--set", "due=2026-11-03"]],
            holds: { $0?["title"] == "title" && $0?["due"] == "2026-11-03" }),
        Row(
            name: "two titles", entry: ["hw", "t"], laptop: [["edit", "ID", "--set", "title=left"]],
            phone: [["edit", "ID", "--set", "title=right"]],
            holds: { ["left", "right"].contains($0?["title"] ?? "") }),
        Row(
            name: "two times of a session", entry: ["session", "2026-10-20T10:00"],
            laptop: [["edit", "ID", "--set", "at=2026-10-21T10:00"]],
            phone: [["edit", "ID", "--set", "at=2026-10-22T10:00"]],
            holds: { $0?.json["unsettled"]?["at"]?.asArray?.count == 2 }),
        Row(
            name: "trashed and brought back here, tagged there", entry: ["note", "r"],
            laptop: [["rm", "ID"], ["restore", "ID"]],
            phone: [["edit", "ID", "--set", "tags+=t"]], holds: { $0?["gone"] == nil && $0?.tags == ["t"] }),
        Row(
            name: "steps on both", entry: ["hw", "big"],
            laptop: [["hw", "step of the laptop", "--about", "ID"], ["done", "ID"]],
            phone: [["hw", "step of the phone", "--about", "ID"]], holds: { $0?["state"] == "done" }),
        Row(
            name: "a feeling here, another there", entry: ["mood", "2", "anxious"],
            laptop: [["edit", "ID", "--set", "feelings+=tired"]], phone: [["edit", "ID", "--set", "feelings+=calm"]],
            holds: { $0?.json["feelings"]?.asArray?.compactMap(\.asText) == ["anxious", "calm", "tired"] }),
    ]

    @Test(arguments: ["laptop first", "phone first"])
    func bothOrdersOfSyncingEndInEqualExports(_ order: String) throws {
        let laptop = try Desk()
        let daemon = try Daemon(laptop)
        let ids = try Self.rows.map { row in
            let ran = try laptop.run((["--json"] + row.entry).map { Array($0.utf8) })
            return try #require(ran.entries().first, "\(row.name): \(ran.err)").id
        }
        try laptop.connect()
        let phone = try laptop.copied(to: "phone")
        for (row, id) in zip(Self.rows, ids) {
            for (desk, commands) in [(laptop, row.laptop), (phone, row.phone)] {
                for command in commands {
                    let words = command.map { $0 == "ID" ? id : $0 }
                    let ran = try desk.run(words.map { Array($0.utf8) })
                    #expect(ran.exit == 0, "\(row.name): \(command): \(ran.err)")
                }
            }
        }
        try brings(laptop, phone)

        let inOrder = order == "laptop first" ? [laptop, phone] : [phone, laptop]
        for desk in inOrder + [inOrder[0]] { _ = try desk.sync() }
        for desk in inOrder { try desk.getsInStep() }
        let export = try Desk.areEqual(laptop, phone)
        let entries = try export.split(separator: "\n").map { try Printed($0) }
        for (row, id) in zip(Self.rows, ids) {
            let entry = entries.first { $0.id == id }
            #expect(row.holds(entry), "\(order), \(row.name): \(entry?.line ?? "gone")")
        }
        let bodies = entries.compactMap { $0.body ?? $0["title"] }
        let brought = [
            "only of the laptop", "only of the phone", "step of the laptop", "step of the phone",
            "A day\nand its text",
        ]
        for text in brought {
            #expect(bodies.count { $0 == text } == 1, "\(text)")
        }
        #expect(entries.count == Self.rows.count - 2 + brought.count)
        for desk in inOrder {
            try desk.isSound()
            #expect(try desk.homeFiles(holding: "canary-forgotten") == [])
            let changes = try desk.btw("changes", "--since", "2020-01-01")
            #expect(changes.out.contains("left") && changes.out.contains("right"), "\(changes.out)")
        }
        // What merging chose is the same on both, and so is what it did not choose.
        let told = try inOrder.map { try $0.btw("changes", "--json", "--since", "2020-01-01").lines.sorted() }
        #expect(told[0] == told[1])
        #expect(try laptop.served().map(\.setAside) == [0])
        #expect(daemon.stop().exit == 0)
    }

    /// A note on each, and one file that both import.
    private func brings(_ laptop: Desk, _ phone: Desk) throws {
        try laptop.does("note", "only of the laptop")
        try phone.does("note", "only of the phone")
        let file = try laptop.file(
            "jrnl.json",
            """
            {"tags": {}, "entries": [{"title": "A day", "body": "and its text", "date": "2019-05-04", "time": "21:30", \
            "tags": [], "starred": false}]}
            """)
        for desk in [laptop, phone] { try #require(desk.btw("import", "jrnl", file).exit == 0) }
    }
}
