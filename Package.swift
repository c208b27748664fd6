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

let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let grdb: Target.Dependency = .product(name: "GRDB", package: "GRDB.swift")

let package = Package(
    name: "between",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "Between", targets: ["Between", "Records", "Causality", "CanonicalJSON"]),
        .executable(name: "btw", targets: ["btw"]),
    ],
    dependencies: [
        .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
        .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
    ],
    targets: [
        .target(name: "CanonicalJSON", swiftSettings: settings),
        .target(name: "Causality", swiftSettings: settings),
        .target(name: "Records", dependencies: ["CanonicalJSON", "Causality"], swiftSettings: settings),
        .target(name: "Membership", dependencies: ["CanonicalJSON", "Causality", crypto], swiftSettings: settings),
        .target(
            name: "Sealing", dependencies: ["CanonicalJSON", "Causality", "Membership", crypto], swiftSettings: settings
        ),
        .target(name: "CSQLite", linkerSettings: [.linkedLibrary("sqlite3")]),
        .target(name: "SQLiteFile", dependencies: ["CSQLite", grdb], swiftSettings: settings),
        .target(
            name: "ReplicaStore", dependencies: ["CanonicalJSON", "Causality", "Records", "SQLiteFile", grdb],
            swiftSettings: settings),
        .target(name: "CSystem"),
        .target(
            name: "Between",
            dependencies: [
                "CSystem", "CanonicalJSON", "Causality", "Membership", "Records", "ReplicaStore", "SQLiteFile",
                "Sealing",
            ], swiftSettings: settings),
        .target(
            name: "BtwCommands", dependencies: ["Between", "CanonicalJSON", "Causality", "Records"],
            swiftSettings: settings),
        .target(name: "CBench", linkerSettings: [.linkedLibrary("sqlite3")]),
        .executableTarget(
            name: "btw-bench", dependencies: ["Between", "CBench", "CanonicalJSON", "Records"], swiftSettings: settings),
        .executableTarget(name: "btw", dependencies: ["BtwCommands"], swiftSettings: settings),
        .testTarget(
            name: "CanonicalJSONTests", dependencies: ["CanonicalJSON", "TestSupport"], swiftSettings: settings),
        .target(name: "TestSupport", dependencies: ["Causality"], path: "Tests/TestSupport", swiftSettings: settings),
        .testTarget(
            name: "CausalityTests", dependencies: ["Causality", "CanonicalJSON", "TestSupport"], swiftSettings: settings
        ),
        .testTarget(
            name: "RecordsTests", dependencies: ["Records", "Causality", "CanonicalJSON", "TestSupport"],
            swiftSettings: settings),
        .testTarget(
            name: "MembershipTests", dependencies: ["CanonicalJSON", "Causality", "Membership", "TestSupport", crypto],
            swiftSettings: settings),
        .testTarget(
            name: "SealingTests",
            dependencies: ["CanonicalJSON", "Causality", "Membership", "Sealing", "TestSupport", crypto],
            swiftSettings: settings),
        .testTarget(name: "SQLiteFileTests", dependencies: ["SQLiteFile", "CSQLite", grdb], swiftSettings: settings),
        .testTarget(
            name: "BetweenTests",
            dependencies: ["Between", "CanonicalJSON", "Causality", "Records", "ReplicaStore", "TestSupport"],
            swiftSettings: settings),
        .testTarget(
            name: "BtwCommandsTests",
            dependencies: ["BtwCommands", "CanonicalJSON", "Causality", "Records", "TestSupport"],
            swiftSettings: settings),
        .testTarget(
            name: "ReplicaStoreTests",
            dependencies: [
                "ReplicaStore", "Records", "Causality", "CanonicalJSON", "SQLiteFile", "TestSupport", grdb,
            ], swiftSettings: settings),
        .testTarget(
            name: "EndToEndTests",
            dependencies: ["btw", "Between", "BtwCommands", "Records", "CanonicalJSON", "Causality", "TestSupport"],
            swiftSettings: settings),
        .testTarget(name: "ArchitectureTests", dependencies: ["TestSupport"], swiftSettings: settings),
    ]
)
