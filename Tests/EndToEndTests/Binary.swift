import Foundation

/// The command under test.
enum Binary {
    /// `BTW_BINARY`, or the binary beside the test bundle, where SwiftPM builds it.
    static let path: String? = {
        if let path = ProcessInfo.processInfo.environment["BTW_BINARY"] { return path }
        let bundles = Bundle.allBundles.map(\.bundleURL).filter { $0.pathExtension == "xctest" }
        let executables = [Bundle.main.executableURL, CommandLine.arguments.first.map { URL(filePath: $0) }]
        return (bundles + executables.compactMap { $0 })
            .map { $0.deletingLastPathComponent().appending(path: "btw").path }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
    }()
}
