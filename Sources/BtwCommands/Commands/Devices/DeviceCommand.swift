import Between
import CanonicalJSON

/// The command `btw device`, `btw device add`, `btw device remove ID`.
package struct DeviceCommand: Command {
    package enum Request: Hashable, Sendable {
        case list
        /// `--trust`: the first holder of the string is admitted, without comparing words.
        case add(trusts: Bool)
        /// `--with-added`: and whatever came in through it.
        case remove(DevicePrefix, withAdded: Bool)
    }

    private static let trustOption = OptionDescription(
        "--trust", nil, "With add: the first who holds the string comes in, and nobody compares words.")

    private static let withAddedOption = OptionDescription(
        "--with-added", nil, "With remove: and all devices and keys that it let in, and that these let in.")

    package static let description = CommandDescription(
        "device", in: .devices, "your devices; add one, remove one",
        arguments: [
            ArgumentDescription(
                oneOf: [
                    .init("add", nil, "Prints a string for another device to join with, and waits ten minutes."),
                    .init("remove", "ID", "It gets nothing from then on, and keeps what it had.", completes: .device),
                ], isOptional: true)
        ], options: [trustOption, withAddedOption],
        details: """
            Lists your devices, with what tells their keys apart, and when each was last
            heard of, by its clock. add: prints a string for another device to join with,
            and waits. remove: the device gets nothing from then on, and keeps what it
            had. It asks first; --yes answers. One that was stolen may have let others in:
            --with-added removes them too.
            """, example: "btw device")

    package let request: Request

    package init(_ arguments: ParsedArguments) throws(Failure) {
        let trusts = arguments.has(Self.trustOption)
        let withAdded = arguments.has(Self.withAddedOption)
        guard !withAdded || arguments.words.first == "remove" else {
            throw .usage("--with-added is for removing a device.", next: "btw device remove ID --with-added")
        }
        switch arguments.words {
        case ["add"]: request = .add(trusts: trusts)
        case _ where trusts: throw .usage("--trust is for adding a device.", next: "btw device add --trust")
        case []: request = .list
        case let words where words.count == 2 && words[0] == "remove":
            request = .remove(try DevicePrefix(parsing: words[1]), withAdded: withAdded)
        case let words where words.first == "remove":
            throw .usage("Removing is of one device, by its id.", next: "btw device")
        default: throw .usage("What can be done with devices: list them, add one, remove one.", of: Self.self)
        }
    }

    package func run(_ context: CommandContext) async throws -> Int32 {
        switch request {
        case .list: try await list(context)
        case .add(let trusts): try await add(trusts: trusts, context)
        case .remove(let prefix, let withAdded): try await remove(prefix, withAdded: withAdded, context)
        }
    }

    private func list(_ context: CommandContext) async throws -> Int32 {
        guard let journal = try await context.openExisting() else { return 0 }
        let devices = try await journal.devices()
        for device in devices { try context.console.stream(line(device, among: devices, context)) }
        return 0
    }

    private func line(
        _ device: JournalSpace.Device, among devices: [JournalSpace.Device], _ context: CommandContext
    ) -> String {
        let line = DeviceLine(device)
        if context.globals.isJSON { return line.json.canonicalText }
        let id = DevicePrefix.shortest(of: device.id, among: devices.map(\.id))
        return line.text(id: id, style: context.style, when: context.when)
    }

    private func add(trusts: Bool, _ context: CommandContext) async throws -> Int32 {
        let (console, globals) = (context.console, context.globals)
        let confirming = try context.wordsAreAsked(trusting: trusts)
        guard let journal = try await context.openExisting() else { throw JournalError.needsServer }
        let name = try await journal.addDevice(
            showing: { string in
                if !globals.isQuiet {
                    console.notify(
                        "On the other device type: btw join, and this string. It is good once, for ten minutes.")
                }
                console.print(string)
                try console.flush()
            }, confirming: confirming)
        let who = name.isEmpty ? "The other device" : TerminalEscaping.line(name)
        if !globals.isQuiet { console.notify("\(who) is in, and holds its keys.") }
        return 0
    }

    private func remove(_ prefix: DevicePrefix, withAdded: Bool, _ context: CommandContext) async throws -> Int32 {
        let console = context.console
        guard let journal = try await context.openExisting() else { throw Failure.noSuchDevice }
        let devices = try await journal.devices()
        let meant = devices.filter { prefix.matches($0.id) }
        guard meant.count < 2 else {
            if !context.globals.isJSON {
                for device in meant { console.notify(line(device, among: devices, context)) }
            }
            throw Failure.ambiguousDevice
        }
        guard let device = meant.first else { throw Failure.noSuchDevice }
        // Errors are reported before the user is asked.
        guard !device.isThis else { throw JournalError.removesItself }
        guard try await journal.server() != nil else { throw JournalError.needsServer }
        let added = Set(withAdded ? try await journal.devicesAdded(by: device.id) : [])
        let going = [device] + devices.filter { added.contains($0.id) }
        if !context.globals.answersYes {
            let question =
                added.isEmpty
                ? "Remove it? It gets nothing from then on, and keeps what it had."
                : "Remove these \(going.count)? They get nothing from then on, and keep what they had."
            guard console.isInputTerminal else { throw Failure.needsAnswer(question, option: "--yes") }
            for device in going { console.notify(line(device, among: devices, context)) }
            guard console.asks(question) else { throw Failure.answeredNo }
        }
        try await journal.removeDevices(going.map(\.id))
        let name = TerminalEscaping.line(device.name ?? "it")
        guard added.isEmpty else {
            context.print(
                "Removed \(name) and \(added.count) more that came in through it. What is written from now on has new "
                    + "keys, without them.")
            context.print("They keep what they had.")
            return 0
        }
        context.print("Removed \(name). What is written from now on has new keys, without it.")
        context.print(
            device.isRecovery
                ? "Nobody gets anything with it any more. A new one: btw recovery new" : "It keeps what it had.")
        return 0
    }
}
