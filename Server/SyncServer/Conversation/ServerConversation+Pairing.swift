package import Wire

extension ServerConversation {
    /// What came of a step of a pairing; `nil` if it reached whom it was for.
    package func paired(_ refusal: ErrorCode?) -> [Action] {
        guard phase != .over, let refusal else { return [] }
        return [.send(.error(WireError(refusal)))]
    }

    /// A message came of a type that only newer versions know.
    ///
    /// A device that is known is answered, and the conversation goes on. Anybody else could have the server answer
    /// without end, so there it is the last answer.
    package mutating func receivedUnknown() -> [Action] {
        switch phase {
        case .over: []
        case .greeting, .proving: close(.unexpected)
        case .visiting: close(.unknown)
        case .talking: [.send(.error(WireError(.unknown)))]
        }
    }
}
