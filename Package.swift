// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

let package = Package(
    name: "between",
    platforms: [.macOS(.v15)],
    targets: [
        .target(name: "CanonicalJSON", swiftSettings: settings),
        .target(name: "Causality", swiftSettings: settings),
        .target(name: "Records", dependencies: ["CanonicalJSON", "Causality"], swiftSettings: settings),
        .testTarget(
            name: "CanonicalJSONTests", dependencies: ["CanonicalJSON", "TestSupport"], swiftSettings: settings),
        .target(name: "TestSupport", dependencies: ["Causality"], path: "Tests/TestSupport", swiftSettings: settings),
        .testTarget(
            name: "CausalityTests", dependencies: ["Causality", "CanonicalJSON", "TestSupport"], swiftSettings: settings
        ),
        .testTarget(
            name: "RecordsTests", dependencies: ["Records", "Causality", "CanonicalJSON", "TestSupport"],
            swiftSettings: settings),
        .testTarget(name: "ArchitectureTests", dependencies: ["TestSupport"], swiftSettings: settings),
    ]
)
