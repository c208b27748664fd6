import Foundation

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
