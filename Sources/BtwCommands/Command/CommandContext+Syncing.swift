import Between
import CanonicalJSON

/// Reports the outcome of a sync, for each command that contacts a server.
extension CommandContext {
    /// With the names of devices, as far as they are known here.
    func syncText(_ journal: Journal) async -> SyncText {
        let devices = (try? await journal.devices()) ?? []
        return SyncText(deviceNames: Dictionary(devices.map { ($0.id, $0.isThis ? "this device" : $0.name) }) { $1 })
    }

    func json(_ outcome: Journal.SyncOutcome, seconds: Double) -> String {
        SyncText.json(outcome, seconds: seconds).canonicalText
    }

    /// Shows the progress of a sync, beginning with `Connecting`.
    var showProgress: @Sendable (Journal.SyncOutcome) -> Void {
        console.progress("Connecting")
        return { [console] outcome in
            console.progress("\(outcome.sent) changes sent, \(outcome.received) received")
        }
    }

    func seconds(since start: ContinuousClock.Instant) -> Double { (ContinuousClock.now - start) / .seconds(1) }
}
