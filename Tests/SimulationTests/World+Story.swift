import Between
import Causality
import ServerModel

/// Steps of stories; random worlds draw the same.
extension World {
    /// The process ends, and is not restarted.
    mutating func switchOff(_ device: Int) {
        devices[device].isAway = true
        crash(device, isSilent: false)
    }

    mutating func switchOn(_ device: Int) {
        devices[device].isAway = false
        schedule(.start(device), after: .zero)
    }

    /// Writes, and wakes the running process.
    mutating func writeAndWake(_ device: Int) {
        write(device)
        schedule(.wake(device), after: .zero)
    }

    /// Writes on the disk without waking a process.
    mutating func writeUnseen(_ device: Int) {
        let machine = devices[device].machine
        devices[device].machine = nil
        write(device)
        devices[device].machine = machine
    }

    /// The server gets an empty disk; enrolled devices stay known.
    mutating func emptyServer() {
        var empty = ModelServer(server.checks, boxLengthMax: Self.boxLengthMax)
        empty.enrolled = server.enrolled
        serverGoesBack(to: empty)
    }
}

extension ModelServer {
    /// All values of the feeds that it holds.
    func facts(_ truth: Truth) -> Set<Fact> { truth.facts(of: spaces[Roster.space]?.edits.batches ?? []) }
}
