import Foundation
import Testing

/// What goes wrong while a question stands on the terminal is said on a line of its own.
@Suite struct OpenLineTests {
    @Test func whoAnswersNothingReadsTheErrorBelow() throws {
        let desk = try Desk()
        let id = try desk.makes("note", "kept").id
        let window = try desk.window("forget", id)
        try window.waits(for: "[y/N] ")
        window.type("\u{4}")
        #expect(try window.wait() == 3, "\(window.text)")
        #expect(window.text.contains("[y/N] \n"), "\(window.text)")
        #expect(try desk.btw("show", id).exit == 0)
    }
}
