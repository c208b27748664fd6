import AsyncAlgorithms
import Causality
import Link
import Sealing
import Wire

/// Runs an enrolment at a server: the loop that owns its ``ErrandConversation``.
struct ErrandLoop: Sendable {
    enum Report: Hashable, Sendable {
        /// The member received the commitment and replied with a nonce; the claim is sent next.
        case replied(Nonce)
        /// The member admits this device.
        case granted([UInt8])
        /// The spaces that the server reports.
        case spaces([SpaceID])
        /// The whole log, not verified.
        case read([LinkedRecord])
        /// The appended record is in the server's log.
        case stands
    }

    private enum Event: Sendable {
        case received(ReceivedMessage)
        case timer(ConversationTimer)
        case lost(LinkError?)
    }

    let place: ServerPlace
    let device: DeviceKeys

    /// Connects, and runs the enrolment to its end.
    ///
    /// - Parameters:
    ///   - errand: returns what to do, given the hash of the server's key.
    ///   - report: called with the results, in order. A returned record is appended to the log; `nil` after the log
    ///     was read ends the enrolment.
    /// - Throws: ``JournalError``: `noNetwork`, `refused`; and the errors of `report`.
    func run(
        _ errand: @Sendable ([UInt8]) -> ErrandConversation.Errand,
        report: @Sendable (Report) async throws -> LinkedRecord?
    ) async throws {
        let connection: LinkConnection
        do throws(LinkError) {
            connection = try await LinkClient.connect(
                to: place.endpoint, pin: place.pin, timeout: SyncLoop.connectTimeout)
        } catch {
            throw failure(nil, error)
        }
        guard let keyHash = connection.peerKeyHash?.bytes else { throw failure(nil, .closed) }
        var machine = ErrandConversation(errand(keyHash), nonce: .random(), keyHash: keyHash)
        let events = AsyncChannel<Event>()
        let deadlines = Deadlines()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                do throws(LinkError) {
                    while let message = try await connection.receive() { await events.send(.received(message)) }
                    await events.send(.lost(nil))
                } catch {
                    await events.send(.lost(error))
                }
            }
            group.addTask { while let timer = await deadlines.next() { await events.send(.timer(timer)) } }
            defer {
                group.cancelAll()
                events.finish()
            }
            var goesOn = try await perform(machine.connected(), &machine, connection, deadlines, report)
            for await event in events where goesOn {
                let actions =
                    switch event {
                    case .received(let received): received.message.map { machine.received($0) } ?? []
                    case .timer(let timer): machine.timerFired(timer)
                    case .lost(let error): throw failure(nil, error ?? .closed)
                    }
                goesOn = try await perform(actions, &machine, connection, deadlines, report)
                if !goesOn { break }
            }
        }
        try Task.checkCancellation()
    }

    /// - Returns: whether to continue.
    private func perform(
        _ actions: [ErrandConversation.Action], _ machine: inout ErrandConversation, _ connection: LinkConnection,
        _ deadlines: Deadlines, _ report: @Sendable (Report) async throws -> LinkedRecord?
    ) async throws -> Bool {
        var waiting = actions[...]
        while let action = waiting.popFirst() {
            switch action {
            case .send(let message):
                // If it cannot be sent, the reader fails too.
                try? await connection.send(message)
            case .prove(let transcript):
                waiting += machine.proved(Authentication(of: device, transcript, invitation: nil))
            case .replied(let nonce): _ = try await report(.replied(nonce))
            case .granted(let sealed): _ = try await report(.granted(sealed))
            case .spaces(let spaces): _ = try await report(.spaces(spaces))
            case .read(_, let records):
                if let record = try await report(.read(records)) {
                    waiting += machine.append(record)
                } else {
                    waiting += machine.finish()
                }
            case .stands: _ = try await report(.stands)
            case .startTimer(let timer): deadlines.start(timer)
            case .cancelTimer(let timer): deadlines.cancel(timer)
            case .close(let code):
                await connection.close()
                if let code { throw failure(code, nil) }
                return false
            }
        }
        return true
    }

    private func failure(_ code: ErrorCode?, _ error: LinkError?) -> JournalError {
        JournalError.lost(code, error.map(LinkProblem.init), place.name)
    }
}
