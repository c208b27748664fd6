import SyncClient
import AsyncAlgorithms
import Causality
import Link
import Membership
import Sealing
import Synchronization
import Wire

/// Runs an enrolment at a server: the loop that owns its ``EnrolmentConversation``.
struct EnrolmentLoop: Sendable {
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
        case accepted
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
    ///   - enrolment: returns what to do, given the hash of the server's key.
    ///   - report: called with the results, in order. A returned record is appended to the log; `nil` after the log
    ///     was read ends the enrolment.
    /// - Throws: ``JournalError``: `noNetwork`, `refused`; and the errors of `report`.
    func run(
        _ enrolment: @Sendable ([UInt8]) -> EnrolmentConversation.Enrolment,
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
        var machine = EnrolmentConversation(enrolment(keyHash), nonce: .random(), keyHash: keyHash)
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
        _ actions: [EnrolmentConversation.Action], _ machine: inout EnrolmentConversation, _ connection: LinkConnection,
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
            case .accepted: _ = try await report(.accepted)
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

// MARK: - Logs

extension EnrolmentLoop {
    /// The spaces of the device, as the server reports them; empty if it does not know the device.
    func spaces() async throws -> [SpaceID] {
        let named = Mutex<[SpaceID]>([])
        try await run { _ in
            .listSpaces
        } report: { report in
            if case .spaces(let spaces) = report { named.withLock { $0 = spaces } }
            return nil
        }
        return named.withLock(\.self)
    }

    /// Reads and verifies the membership log of a space, or of the device's only space.
    func readLog(of space: SpaceID?) async throws -> MembershipLog {
        try await extendLog(of: space) { _ in nil }
    }

    /// Reads the log, and appends the record that `make` returns; repeated if another record was appended first.
    ///
    /// - Returns: the log, with the record if there was one.
    func extendLog(
        of space: SpaceID?, _ make: @escaping @Sendable (MembershipLog) throws -> MembershipRecord?
    ) async throws -> MembershipLog {
        var attempts = SpaceExchange.recordAttemptsMax
        while true {
            do {
                return try await extendLogOnce(of: space, make)
            } catch let error as JournalError where error.underlying as? ErrorCode == .head && attempts > 1 {
                attempts -= 1
            }
        }
    }

    private func extendLogOnce(
        of space: SpaceID?, _ make: @escaping @Sendable (MembershipLog) throws -> MembershipRecord?
    ) async throws -> MembershipLog {
        let log = Mutex<MembershipLog?>(nil)
        try await run { _ in
            .readLog(space)
        } report: { report in
            guard case .read(let records) = report else { return nil }
            var read: MembershipLog
            var linked: LinkedRecord?
            do { read = try MembershipLog(parsing: records.map(\.bytes)) } catch {
                throw JournalError.notWhole(place.name)
            }
            if let record = try make(read) {
                linked = LinkedRecord(previous: record.previous, bytes: record.bytes)
                try read.append(record)
            }
            log.withLock { $0 = read }
            return linked
        }
        guard let log = log.withLock(\.self) else { throw JournalError.notWhole(place.name) }
        return log
    }
}
