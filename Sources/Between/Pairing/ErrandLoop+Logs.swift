import Causality
import Membership
import Synchronization
import Wire

extension ErrandLoop {
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
