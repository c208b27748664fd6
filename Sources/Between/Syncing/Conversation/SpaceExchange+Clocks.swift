import Causality
import Wire

/// Clocks, and where the lines of both sides part.
extension SpaceExchange {
    mutating func compareClocks() -> [Step] {
        phase = .comparingClocks
        wasInStep = false
        return [.ask(.frontier)]
    }

    mutating func answeredFrontier(_ frontier: Frontier) -> [Step] {
        ours = frontier.clock
        return phase == .comparingClocks ? [.send(.open(space, clock: frontier))] : []
    }

    mutating func receivedOpened(_ clock: Frontier, _ forked: [ReplicaID]) -> [Step] {
        guard phase == .comparingClocks else { return [.close(.unexpected)] }
        theirs = clock
        forkedThere = forked
        return [.ask(.compare(clock))]
    }

    mutating func answeredCompared(
        _ forkedHere: [ReplicaID], _ lost: Int, resealDue: Bool, _ credit: CreditWindow
    ) -> [Step] {
        guard phase == .comparingClocks else { return [] }
        let notices: [Step] = lost > 0 ? [.report(.serverWentBack(lost))] : []
        let forked = Set(forkedHere).union(forkedThere).filter { ours[$0] > 0 }.sorted()
        guard forked.isEmpty else {
            phase = .findingForks(ForkSearch(forked, lengths: ours))
            return notices + [.report(.forked(lines: forked.count))] + searchOn()
        }
        guard !resealDue || hasResealed else {
            hasResealed = true
            return notices + [.ask(.reseal(shared: shared(besides: [:])))]
        }
        return notices + goLive(credit)
    }

    /// What the server holds just as it is here.
    ///
    /// - Parameter forked: how far lines that part are the same.
    private func shared(besides forked: [ReplicaID: Int]) -> VectorClock {
        var shared = VectorClock()
        for dot in theirs.clock.dots {
            let n = min(forked[dot.replica] ?? dot.n, ours[dot.replica])
            if n > 0 { shared.advance(to: Dot(dot.replica, n)) }
        }
        return shared
    }

    mutating func goLive(_ credit: CreditWindow) -> [Step] {
        guard phase == .comparingClocks else { return [] }
        phase = .live
        if recordInHand.isHeld { recordInHand = .wanted(endsEpoch: true) }  // `open` ended it
        flow.begin(at: theirs.clock)
        return load(credit)
    }

    // MARK: Forks

    private mutating func searchOn() -> [Step] {
        guard case .findingForks(var search) = phase else { return [] }
        while !search.isOver {
            if let (line, numbers) = search.question {
                phase = .findingForks(search)
                return [.ask(.lineEnds(line, numbers))]
            }
            search.next()
        }
        phase = .findingForks(search)
        // What agrees and is here goes on standing; what comes after is written again.
        let roots = search.shared.map { Dot($0, $1 + 1) }.sorted()
        return [.ask(.transplant(roots: roots, shared: shared(besides: search.shared), dropping: []))]
    }

    mutating func answeredLineEnds(_ ends: [LineEnd]) -> [Step] {
        guard case .findingForks(var search) = phase, let line = search.lines.last else { return [] }
        let isAsking = search.ask(ends)
        phase = .findingForks(search)
        return isAsking ? [.send(.line(space, line, at: ends.map(\.dot.n)))] : searchOn()
    }

    mutating func receivedLineEnds(_ replica: ReplicaID, _ ends: [LineEnd]) -> [Step] {
        guard case .findingForks(var search) = phase, search.answer(replica, ends) else {
            return [.close(.unexpected)]
        }
        phase = .findingForks(search)
        return searchOn()
    }
}
