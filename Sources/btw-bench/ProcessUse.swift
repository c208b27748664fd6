import Foundation

/// What a running process has taken so far, as Linux tells it.
struct ProcessUse {
    /// The most memory that it ever held.
    let peakBytes: Int
    /// Of all processors together, its own and the system's work for it.
    let processorSeconds: Double

    /// Is `nil` where the system does not say, as on macOS, and once the process is over.
    init?(of process: pid_t) {
        func text(_ name: String) -> String? {
            try? String(contentsOfFile: "/proc/\(process)/\(name)", encoding: .utf8)
        }
        let peak = text("status")?.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }?.split(separator: " ")
        // Its name, the second field, may hold spaces, and ends with the last parenthesis.
        let fields = text("stat")?.split(separator: ")").last?.split(separator: " ") ?? []
        guard let kilobytes = peak?.dropFirst().first.flatMap({ Int($0) }), fields.count > 12,
            let user = Double(fields[11]), let system = Double(fields[12])
        else { return nil }
        peakBytes = kilobytes * 1024
        processorSeconds = (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }
}
