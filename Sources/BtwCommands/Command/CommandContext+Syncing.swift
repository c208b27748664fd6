import Between
import CanonicalJSON

/// What came of a sync, for each command that speaks with a server.
extension CommandContext {
    /// With what people call their devices, as far as it is known here.
    func syncText(_ journal: Journal) async -> SyncText {
        let devices = (try? await journal.devices()) ?? []
        return SyncText(deviceNames: Dictionary(devices.map { ($0.id, $0.isThis ? "this device" : $0.name) }) { $1 })
    }

    func json(_ outcome: Journal.SyncOutcome, seconds: Double) -> String {
        SyncText.json(outcome, seconds: seconds).canonicalText
    }

    /// Shows what moved so far; before anything did, that there is something under way.
    var showProgress: @Sendable (Journal.SyncOutcome) -> Void {
        console.progress("Connecting")
        return { [console] outcome in
            console.progress("\(outcome.sent) changes sent, \(outcome.received) received")
        }
    }

    func seconds(since start: ContinuousClock.Instant) -> Double { (ContinuousClock.now - start) / .seconds(1) }
}
