import Causality
import Membership
import ServerModel
import SQLiteFile
import Sealing
import SyncServer
import Synchronization
import TestSupport
import Testing
import Wire

/// The engines that must pass the contract, and the model that defines it.
enum StoreEngine: CaseIterable, Sendable {
    case sqlite, model
}

/// The model behind the interface of an engine.
final class ModelStore: ServerStore {
    let model: Mutex<ModelServer>
    private let clock: StoreClock

    init(_ clock: StoreClock) {
        model = Mutex(ModelServer(.real, boxLengthMax: StoreLimits().boxLengthMax))
        self.clock = clock
    }

    func answer(_ question: ServerQuestion, to device: DeviceID?) async throws -> ServerAnswer {
        model.withLock { $0.answer(question, to: device, now: clock.now) }
    }
}

/// Time that stands still until it is moved.
final class StoreClock: Sendable {
    private let passed = Mutex(Duration.zero)

    var now: Duration { passed.withLock { $0 } }
    func advance(by duration: Duration) { passed.withLock { $0 += duration } }

    var time: StoreTime {
        StoreTime(monotonic: { self.now }, wallMillis: { Int(self.now / .milliseconds(1)) })
    }
}

/// A store of one test, with helpers for questions.
final class StoreFixture: Sendable {
    let engine: StoreEngine
    let clock = StoreClock()
    let folder: TemporaryFolder
    let limits: StoreLimits
    let statements = Mutex<[String]>([])
    private let current: Mutex<any ServerStore>

    init(_ engine: StoreEngine, limits: StoreLimits = StoreLimits()) throws {
        self.engine = engine
        self.limits = limits
        folder = try TemporaryFolder()
        current = Mutex(ModelStore(clock))
        if engine == .sqlite { try open(folder) }
    }

    var store: any ServerStore { current.withLock { $0 } }

    /// The store with its administration.
    var sqlite: SQLiteServerStore {
        get throws {
            guard let sqlite = store as? SQLiteServerStore else { throw StoreRequirement() }
            return sqlite
        }
    }

    private func open(_ folder: TemporaryFolder) throws {
        let opened = try SQLiteServerStore(
            folder.path + "/db", lockFile: folder.path + "/lock", createIfMissing: true, limits: limits,
            time: clock.time, onStatement: { [weak self] text in self?.statements.withLock { $0.append(text) } })
        current.withLock { $0 = opened }
    }

    /// The process ends, and another begins.
    func restart() async throws {
        switch engine {
        case .sqlite:
            try await sqlite.close()
            try open(folder)
        case .model: (store as? ModelStore)?.model.withLock { $0.restart() }
        }
    }

    func invite(_ secret: [UInt8], for duration: Duration = .seconds(600)) async throws {
        let until = clock.now + duration
        switch engine {
        case .sqlite:
            try await sqlite.invite(Invitation(secret: secret, untilMillis: Int(until / .milliseconds(1))))
        case .model: (store as? ModelStore)?.model.withLock { $0.invitations[secret] = until }
        }
    }

    func settle(_ space: SpaceID, head: Hash256) async throws {
        switch engine {
        case .sqlite: #expect(try await sqlite.settle(space, head: head))
        case .model: (store as? ModelStore)?.model.withLock { $0.settle(space, head: head) }
        }
    }

    func block(_ device: DeviceID) async throws {
        switch engine {
        case .sqlite: try await sqlite.block(device, true)
        case .model: (store as? ModelStore)?.model.withLock { _ = $0.blocked.insert(device) }
        }
    }

    func ask(_ question: ServerQuestion, _ author: StoreAuthor) async throws -> ServerAnswer {
        try await store.answer(question, to: author.id)
    }

    /// Enrols the device.
    func enrol(_ author: StoreAuthor) async throws {
        let secret = author.id.bytes
        try await invite(secret)
        _ = try await store.answer(author.proof(invitation: secret), to: nil)
    }

    /// A device that founded a space, whose log is stored here.
    func founder(_ seed: Int = 1) async throws -> StoreAuthor {
        let author = try StoreAuthor(seed: seed)
        try await enrol(author)
        for record in author.log.records { _ = try await append(record, author) }
        return author
    }

    /// Another device of the same person, which is added to the space.
    func companion(of author: StoreAuthor, _ seed: Int = 2, role: Role = .owner) async throws -> StoreAuthor {
        let other = try StoreAuthor(seed: seed, of: author.log)
        let record = try author.adding(other.keys.identity, role: role)
        _ = try await append(record, author)
        author.log = try author.log.with(record)
        other.log = author.log
        return other
    }

    func append(
        _ record: MembershipRecord, _ author: StoreAuthor, cut: Frontier? = nil
    ) async throws -> ServerAnswer {
        try await ask(.append(author.space, record.brought, cut: cut), author)
    }

    func take(_ batch: Batch, _ author: StoreAuthor) async throws -> ServerAnswer {
        try await ask(.take(author.space, batch), author)
    }

    /// All batches here beyond a clock.
    func batches(_ author: StoreAuthor, beyond clock: VectorClock = VectorClock()) async throws -> [Batch] {
        var clock = clock
        var all: [Batch] = []
        while true {
            let answer = try await ask(
                .batches(author.space, beyond: clock, room: WireLimits.creditAtFirst), author)
            guard case .batches(let batches, let isLast) = answer else { throw StoreRequirement() }
            for batch in batches { clock.advance(to: batch.header.lastDot) }
            all += batches
            if isLast { return all }
        }
    }

    func frontier(_ author: StoreAuthor) async throws -> Frontier {
        guard case .compared(let frontier, _, _) = try await ask(.compare(author.space, Frontier()), author) else {
            throw StoreRequirement()
        }
        return frontier
    }
}

extension ServerAnswer {
    static func refused(_ code: ErrorCode) -> ServerAnswer { .refused(code, nil) }
    static func took(_ batch: Batch, isNew: Bool = true) -> ServerAnswer {
        .took(batch.tip(Hash256.sha256), isNew: isNew)
    }
}
