import CanonicalJSON
import Foundation
import TestSupport
import Testing

/// A vector of `Protocol/vectors/messages`.
struct Vector: Sendable, CustomTestStringConvertible {
    let name: String
    /// The stream of the vector, newlines included.
    let bytes: [UInt8]
    /// The expected error code; `nil` for a good vector.
    let code: String?

    var testDescription: String { name }

    static let good = read("good.jsonl")
    static let bad = read("bad.jsonl")

    private static func read(_ file: String) -> [Vector] {
        let url = Repository.root.appending(path: "Protocol/vectors/messages/\(file)")
        guard let content = FileManager.default.contents(atPath: url.path) else { return [] }
        return content.split(separator: UInt8(ascii: "\n")).compactMap { line in
            guard let object = try? JSONValue(parsing: line).asObject, let name = object["name"]?.asText else {
                return nil
            }
            let lines = object["lines"]?.asArray?.compactMap(\.asText) ?? object["line"]?.asText.map { [$0] }
            let bytes = lines?.flatMap { Array($0.utf8) + [UInt8(ascii: "\n")] } ?? object.bytes("bytes")
            return bytes.map { Vector(name: name, bytes: $0, code: object["code"]?.asText) }
        }
    }
}
