import Between
import Records
import Synchronization
import TestSupport

/// A clock that a test sets; each reading advances it by a second.
final class Clockwork: Sendable {
    private let millis = Mutex(1_791_234_600_000)

    var environment: JournalEnvironment {
        JournalEnvironment(
            now: { [self] in
                millis.withLock {
                    $0 += 1000
                    return Timestamp(millisSince1970: $0)
                }
            }, offsetMinutes: { _ in 120 })
    }
}

/// A home for one test.
struct TestHome {
    let folder: TemporaryFolder
    let clock = Clockwork()

    init() throws { folder = try TemporaryFolder() }

    var path: String { folder.path + "/home" }

    func open() async throws -> JournalSpace {
        try await Journal.open(at: path, environment: clock.environment).personal
    }

    func export(_ journal: JournalSpace) async throws -> [String] {
        let lines = Lines()
        try await journal.export { lines.add($0) }
        return lines.all
    }
}

/// Lines that arrive one by one.
final class Lines: Sendable {
    private let lines = Mutex<[String]>([])

    func add(_ line: String) { lines.withLock { $0.append(line) } }

    var all: [String] { lines.withLock { $0 } }
}
