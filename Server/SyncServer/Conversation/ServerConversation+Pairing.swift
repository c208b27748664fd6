package import Wire

extension ServerConversation {
    /// The result of a pairing step; `nil` if it was delivered.
    package func paired(_ refusal: ErrorCode?) -> [Action] {
        guard phase != .over, let refusal else { return [] }
        return [.send(.error(WireError(refusal)))]
    }

    /// A message of an unknown type was received.
    ///
    /// An authenticated device gets an answer, and the conversation goes on. Any other client could have the server
    /// answer without end, so the answer to it is the last.
    package mutating func receivedUnknown() -> [Action] {
        switch phase {
        case .over: []
        case .greeting, .proving: close(.unexpected)
        case .visiting: close(.unknown)
        case .talking: [.send(.error(WireError(.unknown)))]
        }
    }
}
