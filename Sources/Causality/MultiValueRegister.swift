/// One value of a field, with the causal context of its edit.
public struct Version<Value> {
    public let context: CausalContext
    public let value: Value

    public init(_ value: Value, _ context: CausalContext) {
        self.value = value
        self.context = context
    }

    public var dot: Dot { context.dot }
}

extension Version: Sendable where Value: Sendable {}
extension Version: Equatable where Value: Equatable {}
extension Version: Hashable where Value: Hashable {}

/// A multi-value register: the values of a field that no later edit has overwritten.
///
/// A value is live if no edit of the field had seen it, so the result depends on the set of edits and not on their
/// order. Edits must arrive after those that they had seen, which ``FeedState`` checks: a new edit is live on
/// arrival, and removes the values that it had seen.
/// Source: multi-value registers with causal contexts, Preguiça et al., "Dotted
/// Version Vectors", 2012.
public struct MultiValueRegister<Value> {
    /// The live values, ordered by dot: one, or several in conflict.
    public private(set) var live: [Version<Value>] = []

    public init() {}

    /// Adds the value of an edit that sets this field.
    public mutating func merge(_ version: Version<Value>) {
        live.removeAll { version.context.saw($0.dot) || version.dot == $0.dot }
        let index = live.firstIndex { version.dot < $0.dot } ?? live.endIndex
        live.insert(version, at: index)
    }
}

extension MultiValueRegister: Sendable where Value: Sendable {}
extension MultiValueRegister: Equatable where Value: Equatable {}
