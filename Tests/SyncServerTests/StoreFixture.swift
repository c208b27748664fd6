import Causality
import Membership
import MemoryStore
import ServerModel
import Sealing
import SyncServer
import SyncServerSQLite
import Synchronization
import TestSupport
import Testing
import Wire

/// What must pass the contract: the rules on each engine, and the model that defines it.
enum StoreKind: CaseIterable, Sendable {
    case sqlite, memory, model

    /// Those on which the rules run; only they have administration and quotas.
    static let engines: [StoreKind] = [.sqlite, .memory]
}

/// The rules on an open SQLite engine.
struct OpenStore {
    let authority: SpaceAuthority
    let engine: SQLiteEngine

    init(
        _ folder: TemporaryFolder, createIfMissing: Bool, limits: StoreLimits = StoreLimits(), clock: StoreClock,
        onStatement: (@Sendable (String) -> Void)? = nil
    ) throws {
        engine = try SQLiteEngine(
            folder.path + "/db", lockFile: folder.path + "/lock", createIfMissing: createIfMissing,
            rebuiltLengthMax: limits.rebuiltLengthMax, onStatement: onStatement)
        authority = SpaceAuthority(engine, limits: limits, time: clock.time)
    }
}

/// The model behind the interface of a store.
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
    let kind: StoreKind
    let clock = StoreClock()
    let folder: TemporaryFolder
    let limits: StoreLimits
    let statements = Mutex<[String]>([])
    private let current: Mutex<(store: any ServerStore, engine: (any StoreEngine)?)>

    init(_ kind: StoreKind, limits: StoreLimits = StoreLimits()) throws {
        self.kind = kind
        self.limits = limits
        folder = try TemporaryFolder()
        current = Mutex((ModelStore(clock), nil))
        switch kind {
        case .sqlite: try openSQLite()
        case .memory: open(MemoryEngine())
        case .model: break
        }
    }

    var store: any ServerStore { current.withLock { $0.store } }

    /// The rules on an engine, with their administration.
    var authority: SpaceAuthority {
        get throws {
            guard let authority = store as? SpaceAuthority else { throw StoreRequirement() }
            return authority
        }
    }

    var sqlite: SQLiteEngine {
        get throws {
            guard let sqlite = current.withLock({ $0.engine }) as? SQLiteEngine else { throw StoreRequirement() }
            return sqlite
        }
    }

    private func openSQLite() throws {
        let opened = try OpenStore(folder, createIfMissing: true, limits: limits, clock: clock) { [weak self] text in
            self?.statements.withLock { $0.append(text) }
        }
        current.withLock { $0 = (opened.authority, opened.engine) }
    }

    private func open(_ engine: MemoryEngine) {
        let authority = SpaceAuthority(engine, limits: limits, time: clock.time)
        current.withLock { $0 = (authority, engine) }
    }

    /// The process ends, and another begins.
    func restart() async throws {
        switch kind {
        case .sqlite:
            try await sqlite.close()
            try openSQLite()
        case .memory:
            guard let engine = current.withLock({ $0.engine }) as? MemoryEngine else { throw StoreRequirement() }
            open(MemoryEngine(reopening: engine))
        case .model: (store as? ModelStore)?.model.withLock { $0.restart() }
        }
    }

    func invite(_ secret: [UInt8], for duration: Duration = .seconds(600)) async throws {
        let until = clock.now + duration
        switch kind {
        case .sqlite, .memory:
            try await authority.invite(Invitation(secret: secret, untilMillis: Int(until / .milliseconds(1))))
        case .model: (store as? ModelStore)?.model.withLock { $0.invitations[secret] = until }
        }
    }

    func settle(_ space: SpaceID, head: Hash256) async throws {
        switch kind {
        case .sqlite, .memory: #expect(try await authority.settle(space, head: head))
        case .model: (store as? ModelStore)?.model.withLock { $0.settle(space, head: head) }
        }
    }

    func block(_ device: DeviceID) async throws {
        switch kind {
        case .sqlite, .memory: try await authority.block(device, true)
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
