import CanonicalJSON
import Testing

/// Concurrent edits of one entry on two devices, and the expected outcome.
struct MergeRow {
    /// The row of `MergeOutcomeTests` that it shows, from 1; `nil` for one that is only here.
    let number: Int?
    let name: String
    /// Makes the entry before the devices part.
    let entry: [String]
    /// Commands on the laptop and on the phone; `ID` is the entry.
    let laptop: [[String]]
    let phone: [[String]]
    /// Checks the merged entry; `nil` if it is gone.
    let holds: @Sendable (Printed?) -> Bool
    /// The expected output of `btw changes`.
    let tells: String?

    init(
        _ number: Int? = nil, name: String, entry: [String], laptop: [[String]], phone: [[String]],
        holds: @escaping @Sendable (Printed?) -> Bool, tells: String? = nil
    ) {
        self.number = number
        self.name = name
        self.entry = entry
        self.laptop = laptop
        self.phone = phone
        self.holds = holds
        self.tells = tells
    }

    static let all: [MergeRow] = [
        MergeRow(
            2, name: "the same sentence, rewritten twice", entry: ["note", "One. Two. Three."],
            laptop: [["edit", "ID", "--set", "body=One. Twice. Three."]],
            phone: [["edit", "ID", "--set", "body=One. Double. Three."]],
            holds: { ["One. Twice. Double. Three.", "One. Double. Twice. Three."].contains($0?.body) },
            tells: "two versions of body"),
        MergeRow(
            1, name: "the first and the last sentence", entry: ["note", "One. Two. Three."],
            laptop: [["edit", "ID", "--set", "body=First. Two. Three."]],
            phone: [["edit", "ID", "--set", "body=One. Two. Last."]], holds: { $0?.body == "First. Two. Last." }),
        MergeRow(
            3, name: "different fields: done, and renamed", entry: ["hw", "research"], laptop: [["done", "ID"]],
            phone: [["edit", "ID", "--set", "title=research companies"]],
            holds: { $0?["title"] == "research companies" && $0?["state"] == "done" }),
        MergeRow(
            10, name: "tags added on both, and one taken away here and added there",
            entry: ["note", "x", "--tag", "a"],
            laptop: [["edit", "ID", "--set", "tags+=b"], ["edit", "ID", "--set", "tags-=a"]],
            phone: [["edit", "ID", "--set", "tags-=a"], ["edit", "ID", "--set", "tags+=a", "tags+=c"]],
            holds: { $0?.tags == ["a", "b", "c"] }),
        MergeRow(
            16, name: "edited here, trashed there", entry: ["note", "old"],
            laptop: [["edit", "ID", "--set", "body=new"]], phone: [["rm", "ID"]],
            holds: { $0?.body == "new" && $0?["gone"] == nil },
            tells: "so it is back"),
        MergeRow(
            17, name: "edited here, forgotten there", entry: ["note", "canary-forgotten"],
            laptop: [["edit", "ID", "--set", "body=canary-forgotten too"]], phone: [["forget", "ID", "--yes"]],
            holds: { $0 == nil }),
        MergeRow(
            17, name: "forgotten here, edited there", entry: ["note", "canary-forgotten"],
            laptop: [["forget", "ID", "--yes"]],
            phone: [["edit", "ID", "--set", "body=canary-forgotten too"], ["edit", "ID", "--set", "tags+=t"]],
            holds: { $0 == nil }),
        MergeRow(
            4, name: "done twice", entry: ["hw", "once"], laptop: [["done", "ID"]], phone: [["done", "ID"]],
            holds: { $0?["state"] == "done" && $0?["done_at"] != nil }),
        MergeRow(
            5, name: "done here, let go there", entry: ["hw", "either"], laptop: [["done", "ID"]],
            phone: [["done", "ID", "--let-go"]], holds: { $0?["state"] == "done" }),
        MergeRow(
            6, name: "done here, another date, target and place there", entry: ["hw", "late"],
            laptop: [["done", "ID"]],
            phone: [["edit", "ID", "--set", "due=2026-12-01", "target=3"], ["edit", "ID", "--set", "rank=k"]],
            holds: {
                $0?["state"] == "done" && $0?["due"] == "2026-12-01" && $0?.integer("target") == 3
                    && $0?["rank"] == "k"
            }),
        MergeRow(
            15, name: "flag set here, set and cleared there", entry: ["note", "f"],
            laptop: [["edit", "ID", "--set", "flag=yes"]],
            phone: [["edit", "ID", "--set", "flag=yes"], ["edit", "ID", "--set", "flag="]],
            holds: { $0?.json["flag"] == .bool(true) }),
        MergeRow(
            7, name: "two dates to be done by", entry: ["hw", "when"],
            laptop: [["edit", "ID", "--set", "due=2026-11-01"]], phone: [["edit", "ID", "--set", "due=2026-11-20"]],
            holds: { $0?["due"] == "2026-11-20" }, tells: "due is 2026-11-20; also written: 2026-11-01"),
        MergeRow(
            7, name: "a date here, next there", entry: ["hw", "when"],
            laptop: [["edit", "ID", "--set", "due=next"]], phone: [["edit", "ID", "--set", "due=2026-11-02"]],
            holds: { $0?["due"] == "2026-11-02" }),
        MergeRow(
            name: "changed and undone here, another field there", entry: ["hw", "title"],
            laptop: [["edit", "ID", "--set", "title=wrong"], ["undo"]],
            phone: [["edit", "ID", "--set", "due=2026-11-03"]],
            holds: { $0?["title"] == "title" && $0?["due"] == "2026-11-03" }),
        MergeRow(
            8, name: "two titles", entry: ["hw", "t"], laptop: [["edit", "ID", "--set", "title=left"]],
            phone: [["edit", "ID", "--set", "title=right"]],
            holds: { ["left", "right"].contains($0?["title"]) }, tells: "title is "),
        MergeRow(
            9, name: "two times of a session", entry: ["session", "2026-10-20T10:00"],
            laptop: [["edit", "ID", "--set", "at=2026-10-21T10:00"]],
            phone: [["edit", "ID", "--set", "at=2026-10-22T10:00"]],
            holds: { $0?.json["unsettled"]?["at"]?.asArray?.count == 2 }, tells: "nobody chose yet"),
        MergeRow(
            name: "trashed and brought back here, tagged there", entry: ["note", "r"],
            laptop: [["rm", "ID"], ["restore", "ID"]],
            phone: [["edit", "ID", "--set", "tags+=t"]], holds: { $0?["gone"] == nil && $0?.tags == ["t"] }),
        MergeRow(
            name: "steps on both", entry: ["hw", "big"],
            laptop: [["hw", "step of the laptop", "--about", "ID"], ["done", "ID"]],
            phone: [["hw", "step of the phone", "--about", "ID"]], holds: { $0?["state"] == "done" }),
        MergeRow(
            10, name: "a feeling here, another there", entry: ["mood", "2", "anxious"],
            laptop: [["edit", "ID", "--set", "feelings+=tired"]], phone: [["edit", "ID", "--set", "feelings+=calm"]],
            holds: { $0?.json["feelings"]?.asArray?.compactMap(\.asText) == ["anxious", "calm", "tired"] }),
        MergeRow(
            1, name: "two paragraphs", entry: ["note", "The first.\n\nThe second.\n\nThe third."],
            laptop: [["edit", "ID", "--set", "body=The first, of the laptop.\n\nThe second.\n\nThe third."]],
            phone: [["edit", "ID", "--set", "body=The first.\n\nThe second.\n\nThe third, of the phone."]],
            holds: { $0?.body == "The first, of the laptop.\n\nThe second.\n\nThe third, of the phone." }),
        MergeRow(
            14, name: "moved here", entry: ["hw", "a"], laptop: [["edit", "ID", "--set", "rank=c"]], phone: [],
            holds: { $0?["rank"] == "c" }),
        MergeRow(
            14, name: "moved there", entry: ["hw", "b"], laptop: [], phone: [["edit", "ID", "--set", "rank=d"]],
            holds: { $0?["rank"] == "d" }),
        MergeRow(
            14, name: "moved here and there", entry: ["hw", "c"], laptop: [["edit", "ID", "--set", "rank=e"]],
            phone: [["edit", "ID", "--set", "rank=f"]], holds: { ["e", "f"].contains($0?["rank"]) }),
        MergeRow(
            18, name: "a comment here, an edit there", entry: ["hw", "commented"],
            laptop: [["note", "a comment on it", "--about", "ID"]],
            phone: [["edit", "ID", "--set", "title=changed"]], holds: { $0?["title"] == "changed" }),
    ]
}
