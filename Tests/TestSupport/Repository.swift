package import Foundation

/// The paths of files that tests read.
package enum Repository {
    /// The folder of Package.swift.
    package static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// The folder beside the repository with real input; tests that need it run only if it is there.
    package static let shared = root.deletingLastPathComponent().appending(path: "shared")

    package static func exists(_ url: URL) -> Bool { FileManager.default.fileExists(atPath: url.path) }
}
