import Between
import CanonicalJSON
import Causality
import Records

extension Runner {
    func device(_ request: DeviceRequest) async throws -> Int32 {
        switch request {
        case .list: return try await listDevices()
        case .add(let trusts): return try await addDevice(trusts: trusts)
        case .remove(let prefix): return try await removeDevice(prefix)
        }
    }

    private func listDevices() async throws -> Int32 {
        guard let journal = try await openExisting() else { return 0 }
        let devices = try await journal.devices()
        for device in devices { try console.print(line(device, among: devices)) }
        return 0
    }

    private func line(_ device: Journal.Device, among devices: [Journal.Device]) -> String {
        let line = DeviceLine(device)
        if globals.isJSON { return line.json.canonicalText }
        return line.text(id: DevicePrefix.shortest(of: device.id, among: devices.map(\.id)), look: look, when: when)
    }

    /// A point in time on the clock here.
    func when(_ time: Timestamp) -> String {
        Moment(millisSince1970: time.millisSince1970, offsetMinutes: environment.offsetMinutes(time))
            .map { EntryLine.when($0.description) } ?? time.description
    }

    private func removeDevice(_ prefix: DevicePrefix) async throws -> Int32 {
        guard let journal = try await openExisting() else { throw Failure.noSuchDevice }
        let devices = try await journal.devices()
        let meant = devices.filter { prefix.matches($0.id) }
        guard meant.count < 2 else {
            if !globals.isJSON { for device in meant { console.tell(line(device, among: devices)) } }
            throw Failure.ambiguousDevice
        }
        guard let device = meant.first else { throw Failure.noSuchDevice }
        // What cannot be done is said before anybody is asked.
        guard !device.isThis else { throw JournalError.removesItself }
        guard try await journal.server() != nil else { throw JournalError.needsServer }
        if !globals.saysYes {
            let question = "Remove it? It gets nothing from then on, and keeps what it had."
            guard console.isInputTerminal else { throw Failure.needsAnswer(question, option: "--yes") }
            console.tell(line(device, among: devices))
            guard console.asks(question) else { throw Failure.answeredNo }
        }
        try await journal.removeDevice(device.id)
        say("Removed \(Harmless.line(device.name ?? "it")). What is written from now on has new keys, without it.")
        say(
            device.isRecovery
                ? "Nobody gets anything with it any more. A new one: btw recovery new" : "It keeps what it had.")
        return 0
    }

    func makeRecoveryKey() async throws -> Int32 {
        // A journal that is made only to say that it has no server would be no help.
        guard let journal = try await openExisting() else { throw JournalError.needsServer }
        let key = try await journal.makeRecoveryKey()
        console.say(key)
        try console.flush()
        if !globals.isQuiet {
            console.tell("Write this down, and keep it where you keep what is dear to you. It is shown once.")
            console.tell(
                "With it an empty machine gets everything from \(try await journal.server() ?? "your server"):")
            console.tell("  btw recover STRING")
            console.tell(
                "Whoever has it and reaches that server reads everything. To take it back: btw device remove ID")
            console.tell("A key that you made earlier stays valid until you remove it. See: btw device")
        }
        return 0
    }
}
