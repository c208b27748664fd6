import Causality
import ReplicaStore
import Synchronization

/// A report of an exchange, as far as it is proved, with the alarms that it raises and ends.
package struct HeardReport: Sendable {
    package let report: SyncReport
    /// The alarms that it raises.
    package let alarms: [SyncAlarm]
    package let verdict: AlarmRound.Verdict?
    /// Stored alarms that it ends.
    package let over: [SyncAlarm]
}

extension JournalReplica {
    /// Processes a report of an exchange: alarms are stored in the home until they are over.
    package func heard(_ report: SyncReport) async -> HeardReport {
        let report = await proven(report)
        let new = await alarms(of: report)
        let (alarms, verdict) = round.withLock { $0.note(report, new) }
        // If storing fails, the alarm is still reported, and the next exchange sees it again if it persists.
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

    /// - Returns: the stored alarms that are over.
    private func keep(_ alarms: [SyncAlarm], _ verdict: AlarmRound.Verdict?) async throws -> [SyncAlarm] {
        guard !alarms.isEmpty || verdict != nil else { return [] }
        let settled: @Sendable (StoreReader) throws -> (space: Space, alarms: [StoreAlarm])? = {
            [access, space] reader in
            // A join may have replaced the space.
            guard let kept = try reader.space(named: access.name), kept.id == space.bytes else { return nil }
            let over = try reader.alarms(in: kept).filter { alarm in
                SyncAlarm(alarm).map { verdict?.isOver($0) ?? false } ?? false
            }
            return (kept, over)
        }
        // Mostly there is nothing to store, and then there is no write transaction.
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
    /// `nil` for a code that this version does not know.
    init?(_ stored: StoreAlarm) {
        guard let code = Code(rawValue: stored.code) else { return nil }
        self.init(code, device: stored.device, edits: stored.edits)
    }
}
