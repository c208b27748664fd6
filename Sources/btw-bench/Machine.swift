import Between
import CanonicalJSON
import Foundation
import Records

/// The machine on which the results were measured.
struct Machine {
    let cores = ProcessInfo.processInfo.activeProcessorCount
    let processor = Self.processorName
    let system = Self.systemName
    let sqlite = Journal.sqliteVersion
    let date = JournalEnvironment.system.now().description
    /// The load average of the minute before.
    let load = Self.loadAverage

    var text: String {
        "\(cores) cores, \(processor), \(system), SQLite \(sqlite), \(date), load before \(Figure.digits(load))"
    }

    var json: JSONValue {
        .object([
            "cores": .integer(cores), "date": .text(Text(date)), "load": .number((load * 100).rounded() / 100),
            "os": .text(Text(system)), "processor": .text(Text(processor)), "sqlite": .text(Text(sqlite)),
        ])
    }

    private static var loadAverage: Double {
        var load = 0.0
        return getloadavg(&load, 1) == 1 ? load : 0
    }

    private static var processorName: String {
        #if os(Linux)
            value(of: "model name", in: "/proc/cpuinfo", separator: ":") ?? "an unknown processor"
        #else
            var length = 0
            guard sysctlbyname("machdep.cpu.brand_string", nil, &length, nil, 0) == 0, length > 1 else {
                return "an unknown processor"
            }
            var bytes = [UInt8](repeating: 0, count: length)
            sysctlbyname("machdep.cpu.brand_string", &bytes, &length, nil, 0)
            return String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        #endif
    }

    private static var systemName: String {
        #if os(Linux)
            let kernel = (try? String(contentsOfFile: "/proc/sys/kernel/osrelease", encoding: .utf8)) ?? ""
            let name = value(of: "PRETTY_NAME", in: "/etc/os-release", separator: "=") ?? "Linux"
            return name.replacing("\"", with: "") + " (" + kernel.trimmingCharacters(in: .whitespacesAndNewlines) + ")"
        #else
            return "macOS " + ProcessInfo.processInfo.operatingSystemVersionString
        #endif
    }

    /// The value after a name in a file of lines.
    private static func value(of name: String, in path: String, separator: Character) -> String? {
        let lines = (try? String(contentsOfFile: path, encoding: .utf8))?.split(separator: "\n") ?? []
        for line in lines {
            let parts = line.split(separator: separator, maxSplits: 1)
            if parts.count == 2, parts[0].trimmingCharacters(in: .whitespaces) == name {
                return parts[1].trimmingCharacters(in: .whitespaces)
            }
        }
        return nil
    }
}

/// The resource usage of a running process, on Linux.
struct ProcessUse {
    /// The peak resident memory.
    let peakBytes: Int
    /// User and system time, over all processors.
    let processorSeconds: Double

    /// `nil` if the system does not provide it, as on macOS, and after the process has ended.
    init?(of process: pid_t) {
        func text(_ name: String) -> String? {
            try? String(contentsOfFile: "/proc/\(process)/\(name)", encoding: .utf8)
        }
        let peak = text("status")?.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }?.split(separator: " ")
        // The second field, its name, may contain spaces, and ends with the last parenthesis.
        let fields = text("stat")?.split(separator: ")").last?.split(separator: " ") ?? []
        guard let kilobytes = peak?.dropFirst().first.flatMap({ Int($0) }), fields.count > 12,
            let user = Double(fields[11]), let system = Double(fields[12])
        else { return nil }
        peakBytes = kilobytes * 1024
        processorSeconds = (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }
}
