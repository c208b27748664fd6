/// The name that a device gives itself, safe to show on the other device's screen.
package enum PairingName {
    /// Cuts a name to at most ``PairingLimits/nameLengthMax`` bytes of whole characters.
    ///
    /// Removes characters that move the cursor, break the line or change the text direction of a terminal, since an
    /// unauthenticated name is shown in the question whether to let the device in. Cutting is idempotent, so a name
    /// that was read is checked by cutting it again.
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
