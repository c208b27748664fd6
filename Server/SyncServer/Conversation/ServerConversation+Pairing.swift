package import Wire

extension ServerConversation {
    /// What came of a step of a pairing; `nil` if it reached whom it was for.
    package func paired(_ refusal: ErrorCode?) -> [Action] {
        guard phase != .over, let refusal else { return [] }
        return [.send(.error(WireError(refusal)))]
    }

    /// A message came of a type that only newer versions know.
    package func receivedUnknown() -> [Action] { phase == .over ? [] : [.send(.error(WireError(.unknown)))] }
}
