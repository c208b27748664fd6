import Causality
import ReplicaStore
import Synchronization

/// What happened in an exchange, as far as there is a proof of it.
package struct HeardReport: Sendable {
    package let report: SyncReport
    /// What a person should hear of it.
    package let alarms: [SyncAlarm]
    package let verdict: AlarmRound.Verdict?
    /// What stood in the home, and does so no more.
    package let over: [SyncAlarm]
}

extension JournalReplica {
    /// Takes in what an exchange reports: what is an alarm is kept in the home until it is over.
    package func heard(_ report: SyncReport) async -> HeardReport {
        let report = await proven(report)
        let new = await alarms(of: report)
        let (alarms, verdict) = round.withLock { $0.note(report, new) }
        // It is told with the exchange in any case, and the next one sees again what still is so.
        let over = (try? await keep(alarms, verdict)) ?? []
        return HeardReport(report: report, alarms: alarms, verdict: verdict, over: over)
    }

    private func alarms(of report: SyncReport) async -> [SyncAlarm] {
        switch report {
        case .notice(.withheld(let line, _, let edits)):
            return [SyncAlarm(.withheld, device: await device(of: line), edits: edits)]
        case .notice(.stuck(let line, _, let edits)):
            return [SyncAlarm(.stuck, device: await device(of: line), edits: edits)]
        case .notice(.forked(let lines)):
            var alarms: [SyncAlarm] = []
            for line in lines { alarms.append(SyncAlarm(.forked, device: await device(of: line))) }
            return alarms
        case .notice(.unproved): return [SyncAlarm(.unproved)]
        case .notice(.flooded): return [SyncAlarm(.flooded)]
        case .notice(.missing(let count)): return count > 0 ? [SyncAlarm(.missing, edits: count)] : []
        case .notice, .connected, .committed, .claimed, .granted, .offline: return []
        }
    }

    /// - Returns: what stood, and is over.
    private func keep(_ alarms: [SyncAlarm], _ verdict: AlarmRound.Verdict?) async throws -> [SyncAlarm] {
        guard !alarms.isEmpty || verdict != nil else { return [] }
        let settled: @Sendable (StoreReader) throws -> (space: Space, alarms: [StoreAlarm])? = {
            [access, space] reader in
            // A join may have put another space into the place of this one.
            guard let kept = try reader.space(named: access.name), kept.id == space.bytes else { return nil }
            let over = try reader.alarms(in: kept).filter { alarm in
                SyncAlarm(alarm).map { verdict?.isOver($0) ?? false } ?? false
            }
            return (kept, over)
        }
        // Mostly there is nothing, and then nothing is written.
        if alarms.isEmpty, try await journal.read(settled)?.alarms.isEmpty != false { return [] }
        return try await journal.store.write { [now = journal.environment.now] transaction in
            guard let (kept, over) = try settled(transaction.reader) else { return [] }
            for alarm in over { try transaction.drop(alarm, in: kept) }
            for alarm in alarms {
                try transaction.raise(
                    code: alarm.code.rawValue, device: alarm.device, edits: alarm.edits, at: now(), in: kept)
            }
            return over.compactMap { SyncAlarm($0) }
        }
    }
}

extension SyncAlarm {
    /// Is `nil` for a code that this version does not know.
    init?(_ stored: StoreAlarm) {
        guard let code = Code(rawValue: stored.code) else { return nil }
        self.init(code, device: stored.device, edits: stored.edits)
    }
}
