/// The name that a device gives itself, as the other screen may show it.
package enum PairingName {
    /// Cuts a name to ``PairingLimits/nameLengthMax`` bytes, before the character that passes them.
    ///
    /// Leaves out what moves the cursor, begins a line, or turns the direction of a terminal: a
    /// stranger's name stands in the question whether to let him in. What is left is left as it is
    /// when cut again, so a name that was read is compared with itself, cut.
    package static func cut(_ name: String) -> String {
        let shown = String(String.UnicodeScalarView(name.unicodeScalars.lazy.filter { !isControl($0) }))
        var cut = ""
        var length = 0
        for character in shown {
            length += character.utf8.count
            guard length <= PairingLimits.nameLengthMax else { break }
            cut.append(character)
        }
        return cut
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: true
        case _: scalar.properties.isBidiControl
        }
    }
}
