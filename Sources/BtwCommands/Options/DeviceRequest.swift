/// `btw device`, `btw device add`, `btw device remove ID`.
package enum DeviceRequest: Hashable, Sendable {
    case list
    /// `--trust`: the first who holds the string comes in, and nobody compares words.
    case add(trusts: Bool)
    case remove(DevicePrefix)

    init(_ scanned: OptionScanner) throws(Failure) {
        let trusts = scanned.has("--trust")
        switch scanned.words {
        case ["add"]: self = .add(trusts: trusts)
        case _ where trusts: throw .usage("--trust is for adding a device.", next: "btw device add --trust")
        case []: self = .list
        case let words where words.count == 2 && words[0] == "remove":
            self = .remove(try DevicePrefix(parsing: words[1]))
        case let words where words.first == "remove":
            throw .usage("Removing is of one device, by its id.", next: "btw device")
        default: throw .usage("What can be done with devices: list them, add one, remove one.", of: .device)
        }
    }
}

extension OptionScanner {
    /// What `--name` calls a device.
    func deviceName() throws(Failure) -> String? {
        guard let name = self["--name"] else { return nil }
        guard !name.unicodeScalars.allSatisfy(\.properties.isWhitespace) else {
            throw .usage("A name has a letter at least.", of: command)
        }
        return name
    }
}
