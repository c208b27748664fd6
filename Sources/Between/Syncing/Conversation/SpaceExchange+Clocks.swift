import Causality
import Wire

/// Clocks, and the search for forks.
extension SpaceExchange {
    mutating func compareClocks() -> [Step] {
        phase = .comparingClocks
        wasInStep = false
        wasUnsettled = false
        probe = nil
        return [.ask(.frontier)]
    }

    mutating func answeredFrontier(_ frontier: Frontier) -> [Step] {
        ours = frontier.clock
        guard phase == .comparingClocks else { return [] }
        var told = Frontier()
        for end in frontier.ends where !disputed.contains(end.dot.replica) { told.advance(to: end) }
        return [.send(.open(space, clock: told))]
    }

    mutating func receivedOpened(_ clock: Frontier, _ forked: [ReplicaID], lacks: Int) -> [Step] {
        guard phase == .comparingClocks else { return [.close(.unexpected)] }
        isFetching = lacks > 0
        fetchRounds = 0
        theirs = clock
        forkedThere = forked
        return [.ask(.compare(clock))]
    }

    mutating func answeredCompared(
        _ forkedHere: [ReplicaID], _ lost: Int, resealDue: Bool, _ credit: CreditWindow
    ) -> [Step] {
        guard phase == .comparingClocks else { return [] }
        let notices: [Step] = lost > 0 ? [.report(.serverWentBack(lost))] : []
        let forked = Set(forkedHere).union(forkedThere).subtracting(disputed).filter { ours[$0] > 0 }.sorted()
        guard forked.isEmpty else {
            phase = .findingForks(ForkSearch(forked, lengths: ours))
            return notices + searchOn()
        }
        guard !resealDue || hasResealed else {
            hasResealed = true
            return notices + [.ask(.reseal(shared: sharedOrSent))]
        }
        return notices + goLive(credit)
    }

    /// What the server claims to hold, as far as it is here, and what is in flight: the server may still take that as
    /// it is.
    private var sharedOrSent: VectorClock {
        var shared = VectorClock()
        for dot in theirs.clock.dots + flow.sent.dots {
            let n = min(dot.n, ours[dot.replica])
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
            if Defence.wantsForkProof.stands, let place = search.prove() {
                phase = .findingForks(search)
                return [.send(.proof(space, place))]
            }
            search.next(isProved: true)
        }
        phase = .findingForks(search)
        var notices: [Step] = []
        let proved = search.shared.keys.sorted()
        for line in search.unproved + (mayRewrite ? [] : proved) { notices += leaveOut(line, .fork, isDisputed: true) }
        if !notices.isEmpty { notices += rest() }
        guard mayRewrite, !proved.isEmpty else { return notices + compareClocks() }
        hasRewritten = true
        notices.append(.report(.forked(lines: proved)))
        // The shared prefix stays; later edits, and all that saw them, are rebased. The server's claim to hold some
        // of them is ignored: an honest server holds none that saw the other branch.
        let roots = search.shared.map { Dot($0, $1 + 1) }.sorted()
        return notices + [.ask(.transplant(roots: roots, shared: VectorClock(), dropping: []))]
    }

    /// Whether a rebase is still allowed: once per conversation, whatever the server shows.
    var mayRewrite: Bool { !hasRewritten || !Defence.rewritesOnce.stands }

    /// Excludes a feed from this conversation, and reports it.
    mutating func leaveOut(_ line: ReplicaID, _ code: ErrorCode, isDisputed: Bool = false) -> [Step] {
        if isDisputed { disputed.insert(line) }
        guard stuck.insert(line).inserted else { return [] }
        return [.report(.stuck(line, code, edits: max(0, ours[line] - theirs.clock[line])))]
    }

    /// Whether a batch is the requested proof of a fork.
    func isProof(_ batch: Batch) -> Bool {
        guard case .findingForks(let search) = phase else { return false }
        return search.proving == batch.header.firstDot
    }

    mutating func answeredProof(_ isProved: Bool, _ batch: Batch) -> [Step] {
        guard case .findingForks(var search) = phase, search.proving == batch.header.firstDot else { return [] }
        search.next(isProved: isProved)
        phase = .findingForks(search)
        return searchOn()
    }

    /// The server has no batch at the requested position.
    mutating func proofRefused(_ dot: Dot) -> [Step] {
        guard case .findingForks(var search) = phase, search.proving == dot else { return [] }
        search.next(isProved: false)
        phase = .findingForks(search)
        return searchOn()
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
        brought += 1
        return searchOn()
    }
}
