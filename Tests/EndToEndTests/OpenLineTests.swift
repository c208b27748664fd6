import Foundation
import Testing

/// Errors during a question on the terminal are printed on a line of their own.
@Suite struct OpenLineTests {
    @Test func whoAnswersNothingReadsTheErrorBelow() throws {
        let fixture = try Fixture()
        let id = try fixture.makes("note", "kept").id
        let window = try fixture.window("forget", id)
        try window.waits(for: "[y/N] ")
        window.type("\u{4}")
        #expect(try window.wait() == 3, "\(window.text)")
        #expect(window.text.contains("[y/N] \n"), "\(window.text)")
        #expect(try fixture.btw("show", id).exit == 0)
    }
}
