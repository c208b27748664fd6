import Foundation

/// What was asked for goes to stdout, talk to stderr; both at once, since others wait for lines.
enum Output {
    static func say(_ text: String) { write(text, to: .standardOutput) }
    static func complain(_ text: String) { write(text, to: .standardError) }

    private static func write(_ text: String, to file: FileHandle) {
        // Nobody is left to be told that nobody reads.
        try? file.write(contentsOf: Data((text + "\n").utf8))
    }
}
