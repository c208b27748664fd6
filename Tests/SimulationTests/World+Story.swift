import Between
import Causality
import ServerModel

/// What a story says happens; a seed draws the same on its own.
extension World {
    /// The process ends, and nobody starts it again.
    mutating func switchOff(_ device: Int) {
        devices[device].isAway = true
        crash(device, isSilent: false)
    }

    mutating func switchOn(_ device: Int) {
        devices[device].isAway = false
        schedule(.start(device), after: .zero)
    }

    /// Writes, and the process that runs is told.
    mutating func writeAndWake(_ device: Int) {
        write(device)
        schedule(.wake(device), after: .zero)
    }

    /// Writes on the disk; no process that runs is told.
    mutating func writeUnseen(_ device: Int) {
        let machine = devices[device].machine
        devices[device].machine = nil
        write(device)
        devices[device].machine = machine
    }

    /// The server's disk is new; who may come is known.
    mutating func emptyServer() {
        var empty = ModelServer(server.checks, boxLengthMax: Self.boxLengthMax)
        empty.enrolled = server.enrolled
        serverGoesBack(to: empty)
    }
}

extension ModelServer {
    /// All values that it holds in its lines.
    func facts(_ truth: Truth) -> Set<Fact> { truth.facts(of: spaces[Roster.space]?.edits.batches ?? []) }
}
