import Foundation
import TestSupport
import Testing

/// What the repository says of itself and of others: it can be read alone.
@Suite struct RepositoryTextTests {
    /// Every text file of the repository, with its path from the root.
    private static let texts: [(path: String, text: String)] = {
        guard let files = FileManager.default.enumerator(atPath: Repository.root.path) else { return [] }
        var texts: [(String, String)] = []
        while let path = files.nextObject() as? String {
            let name = path.split(separator: "/").last ?? ""
            if name.hasPrefix(".build") || name == ".git" {
                files.skipDescendants()
            } else if name != "Package.resolved",
                let data = try? Data(contentsOf: Repository.root.appending(path: path)), !data.contains(0),
                let text = String(data: data, encoding: .utf8)
            {
                texts.append((path, text))
            }
        }
        return texts.sorted { $0.0 < $1.0 }
    }()

    /// Texts that stood beside the repository while it was begun. Put together here, so that this file names none.
    private static let notHere =
        ["DESIGN", "CLI", "PRODUCT", "RELIABILITY", "SHARING", "HOUSE", "STYLE", "NEXT"].map { $0 + ".md" }
        + ["model" + ".py", ".." + "/shared"]

    @Test func nothingCitesATextThatIsNotHere() {
        #expect(Self.texts.count > 500)
        for (path, text) in Self.texts {
            for name in Self.notHere where text.contains(name) {
                Issue.record("\(path) cites \(name): say what it says, or leave it out")
            }
        }
    }

    /// Links between pages, and to parts of them.
    @Test func everyLinkOfAPageLeadsSomewhere() throws {
        var count = 0
        for (path, text) in Self.texts where path.hasSuffix(".md") {
            for match in text.matches(of: /\]\(([^)\s]+)\)/) where !match.1.contains("://") {
                count += 1
                let parts = match.1.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false).map(
                    String.init)
                let folder = Repository.root.appending(path: path).deletingLastPathComponent()
                let file = parts[0].isEmpty ? Repository.root.appending(path: path) : folder.appending(path: parts[0])
                #expect(Repository.exists(file), "\(path): \(match.1)")
                guard parts.count == 2, let target = try? String(contentsOf: file, encoding: .utf8) else { continue }
                #expect(Self.anchors(target).contains(parts[1]), "\(path): \(match.1)")
            }
        }
        #expect(count > 10)
    }

    /// The anchors of a page's headings, as GitHub makes them.
    private static func anchors(_ page: String) -> [String] {
        page.split(separator: "\n").filter { $0.hasPrefix("#") }.map { line in
            line.drop { $0 == "#" || $0 == " " }.lowercased().filter {
                $0.isLetter || $0.isNumber || "- _".contains($0)
            }
            .replacing(" ", with: "-")
        }
    }

    /// A decision that is named by its number has a page.
    @Test func everyDecisionThatIsNamedHasItsPage() throws {
        let pages = Self.texts.map(\.path).filter { $0.hasPrefix("docs/decisions/") }
        var count = 0
        for (path, text) in Self.texts {
            for match in text.matches(of: /\b[Dd]ecision ([0-9]+)\b/) {
                count += 1
                let number = String(("0000" + match.1).suffix(4))
                #expect(pages.contains { $0.hasPrefix("docs/decisions/\(number)-") }, "\(path): \(match.0)")
            }
        }
        #expect(count > 10)
    }
}
