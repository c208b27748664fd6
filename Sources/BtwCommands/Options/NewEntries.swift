package import CanonicalJSON
package import Causality
package import Records

/// `btw note [TEXT…]`.
package struct NewNote: Hashable, Sendable {
    package let options: EntryOptions
    package let text: TextSource

    init(_ scanned: OptionScanner, in localTime: LocalTime) throws(Failure) {
        options = try EntryOptions(scanned, in: localTime)
        text = try TextSource(words: scanned.words)
    }

    /// The fields of the note; `nil` for an empty text, which saves nothing.
    package func fields(_ text: NoteText, now: Moment, about: EntryID? = nil) -> [FieldName: JSONValue]? {
        if text.isEmpty { return nil }
        var fields = options.fields(of: .note, now: now, about: about)
        fields["body"] = .text(text.body)
        for tag in text.tags { fields[FieldName("tags", element: tag)] = true }
        return fields
    }
}

/// `btw mood …`; see ``MoodWords``.
package struct NewMood: Hashable, Sendable {
    package let options: EntryOptions
    package let words: MoodWords

    init(_ scanned: OptionScanner, in localTime: LocalTime) throws(Failure) {
        options = try EntryOptions(scanned, in: localTime)
        words = try MoodWords(words: scanned.words, energy: scanned["--energy"], isDay: scanned.has("--day"))
    }

    /// The fields of the mood; `nil` if standard input brought nothing, and so there is nothing to save.
    package func fields(stdin: NoteText? = nil, now: Moment, about: EntryID? = nil) -> [FieldName: JSONValue]? {
        words.fields(stdin: stdin).map { options.fields(of: .mood, now: now, about: about).merging($0) { $1 } }
    }
}

/// `btw session AT …`.
package struct NewSession: Hashable, Sendable {
    package let options: EntryOptions
    package let minutes: Int?
    package let topic: Text?
    package let focus: Text?
    package let form: Text?

    init(_ scanned: OptionScanner, in localTime: LocalTime) throws(Failure) {
        var options = try EntryOptions(scanned, in: localTime)
        var words: [String] = []
        for word in scanned.words {
            if TagWords.isTag(word) {
                options.tags.append(try TagWords.tag(argument: word, of: .session))
            } else {
                words.append(word)
            }
        }
        if !words.isEmpty {
            if options.at != nil { throw .usage("The time of the session is there twice.", of: .session) }
            let typed = words.joined(separator: " ")
            options.at = try AtOption.moment(typed, of: "The time of a session", in: localTime, for: .session)
        }
        guard options.at != nil else {
            throw .usage("A session needs its time.", next: "btw session \(localTime.today)T10:00")
        }
        self.options = options
        let reader = FieldReader(kind: .session, command: .session)
        minutes = try scanned["--minutes"].map { typed throws(Failure) in
            try reader.integer(typed, for: "minutes", from: "--minutes")
        }
        topic = try scanned["--topic"].map { typed throws(Failure) in
            try reader.text(typed, for: "topic", from: "--topic")
        }
        focus = try scanned["--focus"].map { typed throws(Failure) in
            try reader.text(typed, for: "focus", from: "--focus")
        }
        form = try scanned["--form"].map { typed throws(Failure) in
            try reader.text(typed, for: "form", from: "--form")
        }
    }

    package func fields(now: Moment, about: EntryID? = nil) -> [FieldName: JSONValue] {
        var fields = options.fields(of: .session, now: now, about: about)
        fields["minutes"] = minutes.map { .integer($0) }
        fields["topic"] = topic.map { .text($0) }
        fields["focus"] = focus.map { .text($0) }
        fields["form"] = form.map { .text($0) }
        return fields
    }
}
