import Foundation

/// Results go to stdout, messages to stderr; both are unbuffered, since scripts wait for lines.
enum Output {
    static func say(_ text: String) { write(text, to: .standardOutput) }
    static func complain(_ text: String) { write(text, to: .standardError) }

    private static func write(_ text: String, to file: FileHandle) {
        // There is nowhere to report a failed write.
        try? file.write(contentsOf: Data((text + "\n").utf8))
    }
}
