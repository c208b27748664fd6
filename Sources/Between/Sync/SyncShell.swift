import SyncClient
import AsyncAlgorithms
import Causality
import Link
import Wire

/// Performs the actions of a ``SyncStateMachine`` in order, and returns their results to it.
struct SyncShell {
    typealias Children = ThrowingTaskGroup<Void, any Error>

    private var machine: SyncStateMachine
    private let loop: SyncLoop
    private let events: AsyncChannel<SyncLoop.Event>
    private let deadlines: Deadlines
    private var connection: LinkConnection?
    /// A message that was taken from the connection and not passed on yet.
    private var next: ReceivedMessage?
    /// The number of the connection attempt, by which late events of an earlier one are recognised.
    private var attempt = 0

    init(_ loop: SyncLoop, _ events: AsyncChannel<SyncLoop.Event>, _ deadlines: Deadlines) {
        self.loop = loop
        self.events = events
        self.deadlines = deadlines
        machine = SyncStateMachine([loop.replica.space])
    }

    /// - Returns: whether to continue.
    mutating func start(_ children: inout Children) async throws -> Bool {
        if let request = loop.replica.request {
            _ = machine.recordWanted(in: loop.replica.space, endsEpoch: request.endsEpoch)
        }
        return try await perform(machine.start(), &children)
    }

    /// - Returns: whether to continue.
    mutating func take(_ event: SyncLoop.Event, _ children: inout Children) async throws -> Bool {
        let actions: [SyncStateMachine.Action]
        switch event {
        case .connected(let new, let number):
            guard number == attempt, let keyHash = new.peerKeyHash else {
                await new.close()
                return true
            }
            connection = new
            listen(to: new, &children)
            guard await loop.report(.connected) else { return false }
            actions = machine.connected(nonce: .random(), keyHash: keyHash.bytes)
        case .arrived(let number):
            guard number == attempt else { return true }
            return try await receive(&children)
        case .lost(let error, let number):
            guard number == attempt else { return true }
            return try await lost(nil, error, &children)
        case .wrote: actions = machine.woken(loop.replica.space)
        case .command(let command): actions = obey(command)
        case .timer(let timer): actions = machine.timerFired(timer)
        case .retry(let number):
            guard number == attempt else { return true }
            actions = machine.retryDue()
        case .resume(let space, let number):
            guard number == attempt else { return true }
            actions = machine.resumeDue(space)
        }
        return try await perform(actions, &children)
    }

    /// Takes one message, and those after it that can share its transaction.
    ///
    /// - Returns: whether to continue.
    private mutating func receive(_ children: inout Children) async throws -> Bool {
        let arrived: LinkConnection.Arrived?
        do throws(LinkError) {
            arrived = try connection?.receiveArrived()
        } catch {
            return try await lost(nil, error, &children)
        }
        let first: ReceivedMessage
        switch arrived {
        case .message(let received): first = received
        case .nothing, nil: return true
        case .end: return try await lost(nil, nil, &children)
        }
        guard try await perform(actions(of: first), &children, takesMore: true) else { return false }
        guard let last = next else { return true }
        next = nil
        return try await perform(actions(of: last), &children)
    }

    private mutating func actions(of received: ReceivedMessage) -> [SyncStateMachine.Action] {
        received.message.map { machine.received($0, byteCount: received.byteCount) } ?? []
    }

    /// Actions of the next message that has arrived, if it can share a transaction with these; ``next`` otherwise.
    private mutating func actionsOfNext(after writes: SharedWrites) -> [SyncStateMachine.Action]? {
        guard next == nil, writes.hasRoom, case .message(let received)? = try? connection?.receiveArrived() else {
            return nil
        }
        guard received.message?.bringsSmallWrite ?? true else {
            next = received
            return nil
        }
        return actions(of: received)
    }

    /// - Parameter takesMore: whether messages that have arrived are taken too, while they can share a transaction.
    /// - Returns: whether to continue.
    private mutating func perform(
        _ actions: [SyncStateMachine.Action], _ children: inout Children, takesMore: Bool = false
    ) async throws -> Bool {
        var waiting = actions[...]
        var writes = SharedWrites()
        while true {
            guard let action = waiting.popFirst() else {
                guard let space = writes.space else { return true }
                if takesMore, let more = actionsOfNext(after: writes) {
                    waiting += more
                    continue
                }
                waiting += try await answer(writes, of: space)
                writes = SharedWrites()
                continue
            }
            if case .converse(.ask(let space, let question)) = action, writes.takes(question, of: space) { continue }
            if let space = writes.space, !action.mayPrecedeAnswers {
                waiting = ArraySlice(try await answer(writes, of: space) + [action]) + waiting
                writes = SharedWrites()
                continue
            }
            switch action {
            case .connect: connect(&children)
            case .retry(let pause):
                let number = attempt
                children.addTask { [events] in
                    try await Task.sleep(for: pause)
                    await events.send(.retry(attempt: number))
                }
            case .reportOffline: break  // reported with the network's error
            case .converse(let action):
                switch action {
                case .send(let message):
                    // If it cannot be sent, the reader fails too.
                    try? await connection?.send(message)
                case .admit: connection?.authenticated()
                case .prove(let transcript): waiting += machine.proved(loop.proof(transcript))
                case .ask(let space, let question):
                    waiting += machine.answered(try await loop.replica.answer(question), to: question, of: space)
                case .report(_, let notice): guard await loop.report(.notice(notice)) else { return false }
                case .committed: guard await loop.report(.committed) else { return false }
                case .claimed(let claim):
                    let keyHash = connection?.peerKeyHash?.bytes ?? []
                    guard await loop.report(.claimed(claim, keyHash: keyHash)) else { return false }
                case .granted: guard await loop.report(.granted) else { return false }
                case .resume(let space, let pause):
                    let number = attempt
                    children.addTask { [events] in
                        try await Task.sleep(for: pause)
                        await events.send(.resume(space, attempt: number))
                    }
                case .startTimer(let timer): deadlines.start(timer)
                case .cancelTimer(let timer): deadlines.cancel(timer)
                case .close(let code): return try await lost(code, nil, &children)
                }
            }
        }
    }

    private mutating func answer(_ writes: SharedWrites, of space: SpaceID) async throws -> [SyncStateMachine.Action] {
        let answers = try await loop.replica.answer(writes.questions)
        return zip(answers, writes.questions).flatMap { machine.answered($0, to: $1, of: space) }
    }

    /// Closes the connection with `bye`, if there is one.
    mutating func hangUp() async {
        await connection?.close(after: .bye)
        connection = nil
    }

    private mutating func lost(
        _ code: ErrorCode?, _ error: LinkError?, _ children: inout Children
    ) async throws -> Bool {
        attempt += 1
        next = nil
        for timer in ConversationTimer.allCases { deadlines.cancel(timer) }
        await connection?.close()
        connection = nil
        let told: ErrorCode? = if case .broken(let broken) = error { broken } else { code }
        guard await loop.report(.offline(told, error.map(LinkProblem.init))) else { return false }
        return try await perform(
            machine.connectionLost(told, jitter: Double.random(in: 0...1)), &children)
    }

    private func connect(_ children: inout Children) {
        let number = attempt
        children.addTask { [events, place = loop.place] in
            do throws(LinkError) {
                let connection = try await LinkClient.connect(
                    to: place.endpoint, pin: place.pin, timeout: SyncLoop.connectTimeout)
                await events.send(.connected(connection, attempt: number))
            } catch {
                await events.send(.lost(error, attempt: number))
            }
        }
    }

    private func listen(to connection: LinkConnection, _ children: inout Children) {
        let number = attempt
        children.addTask { [events] in
            while await connection.hasArrived() { await events.send(.arrived(attempt: number)) }
            // The end, or the error.
            await events.send(.arrived(attempt: number))
        }
    }

    private mutating func obey(_ command: SyncCommand) -> [SyncStateMachine.Action] {
        switch command {
        case .offer(let offer): return machine.offer(offer)
        case .grant(let sealed): return machine.grant(sealed)
        case .record(let request):
            loop.replica.request = request
            return machine.recordWanted(in: loop.replica.space, endsEpoch: request.endsEpoch)
        }
    }
}

/// Questions of one space that are answered in one transaction.
private struct SharedWrites {
    /// The most questions in a transaction, and the bytes from which on none is added: a transaction of that size takes
    /// some ten milliseconds, in which nothing else is done.
    private static let questionsMax = 128
    private static let bytesMax = 512 * 1024

    private(set) var space: SpaceID?
    private(set) var questions: [ReplicaQuestion] = []
    private var byteCount = 0

    var hasRoom: Bool { questions.count < Self.questionsMax && byteCount < Self.bytesMax }

    /// Adds a question, if it can share the transaction.
    mutating func takes(_ question: ReplicaQuestion, of other: SpaceID) -> Bool {
        guard question.isSmallWrite, hasRoom, space ?? other == other else { return false }
        space = other
        questions.append(question)
        byteCount += question.byteCount
        return true
    }
}

extension ReplicaQuestion {
    /// About the bytes that it brings.
    fileprivate var byteCount: Int {
        switch self {
        case .take(let batch), .quarantine(let batch, _):
            batch.edits.reduce(0) { $0 + ($1.box?.count ?? 0) + 128 }
        case .supply(_, let box): box.count
        default: 0
        }
    }
}

extension SyncStateMachine.Action {
    /// Whether it may be performed before answers that are due: it neither reports nor acknowledges anything.
    fileprivate var mayPrecedeAnswers: Bool {
        switch self {
        case .converse(.startTimer), .converse(.cancelTimer), .converse(.send(.credit)): true
        default: false
        }
    }
}

extension SyncLoop {
    fileprivate func proof(_ transcript: Transcript) -> Authentication {
        Authentication(of: replica.access.device, transcript, invitation: invitation)
    }
}

extension LinkProblem {
    init(_ error: LinkError) {
        switch error {
        case .wrongPin: self = .wrongPin
        case .notBetween: self = .notBetween
        case .unreachable, .timedOut, .closed, .broken, .cannotListen, .damagedIdentity: self = .unreachable
        }
    }
}
