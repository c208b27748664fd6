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
let algorithms: Target.Dependency = .product(name: "AsyncAlgorithms", package: "swift-async-algorithms")
let nio: [Target.Dependency] = [
    .product(name: "NIOCore", package: "swift-nio"),
    .product(name: "NIOPosix", package: "swift-nio"),
    .product(name: "NIOSSL", package: "swift-nio-ssl"),
    .product(name: "NIOTLS", package: "swift-nio"),
]
let certificates: [Target.Dependency] = [
    .product(name: "SwiftASN1", package: "swift-asn1"),
    .product(name: "X509", package: "swift-certificates"),
]

let package = Package(
    name: "between",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "Between", targets: ["Between", "Records", "Causality", "CanonicalJSON"]),
        .executable(name: "btw", targets: ["btw"]),
        .executable(name: "btwd", targets: ["btwd"]),
    ],
    dependencies: [
        .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
        .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", exact: "2.37.6"),
        .package(url: "https://github.com/apple/swift-certificates", exact: "1.21.1"),
        .package(url: "https://github.com/apple/swift-asn1", exact: "1.7.4"),
        .package(url: "https://github.com/apple/swift-async-algorithms", exact: "1.1.4"),
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
    ],
    targets: [
        .target(name: "CanonicalJSON", swiftSettings: settings),
        .target(name: "Causality", swiftSettings: settings),
        .target(name: "Records", dependencies: ["CanonicalJSON", "Causality"], swiftSettings: settings),
        .target(name: "Membership", dependencies: ["CanonicalJSON", "Causality", crypto], swiftSettings: settings),
        .target(
            name: "Sealing", dependencies: ["CanonicalJSON", "Causality", "Membership", crypto], swiftSettings: settings
        ),
        .target(
            name: "Wire", dependencies: ["CanonicalJSON", "Causality"], path: "Protocol/Wire", swiftSettings: settings),
        .target(
            name: "Link", dependencies: ["Causality", "Wire", crypto] + nio + certificates, swiftSettings: settings),
        .target(name: "CSQLite", linkerSettings: [.linkedLibrary("sqlite3")]),
        .target(name: "SQLiteFile", dependencies: ["CSQLite", grdb], swiftSettings: settings),
        .target(
            name: "ReplicaStore", dependencies: ["CanonicalJSON", "Causality", "Records", "SQLiteFile", grdb],
            swiftSettings: settings),
        .target(
            name: "SyncClient", dependencies: ["Causality", "Membership", "Wire"], swiftSettings: settings),
        .target(name: "CFileStatus"),
        .target(name: "CProcessPrivacy"),
        .target(
            name: "Between",
            dependencies: [
                "CFileStatus", "CanonicalJSON", "Causality", "Link", "Membership", "Records", "ReplicaStore",
                "SQLiteFile", "Sealing", "SyncClient", "Wire", algorithms,
            ], swiftSettings: settings),
        .target(
            name: "SyncServer",
            dependencies: [
                "CanonicalJSON", "Causality", "Link", "Membership", "SQLiteFile", "Wire", algorithms,
            ], path: "Server/SyncServer", swiftSettings: settings),
        .target(
            name: "SyncServerSQLite",
            dependencies: ["Causality", "Membership", "SQLiteFile", "SyncServer", "Wire", grdb],
            path: "Server/SyncServerSQLite", swiftSettings: settings),
        .target(
            name: "BtwCommands",
            dependencies: [
                "Between", "CanonicalJSON", "Causality", "Records",
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ], swiftSettings: settings),
        .target(name: "CBench", linkerSettings: [.linkedLibrary("sqlite3")]),
        .executableTarget(
            name: "btw-bench",
            dependencies: [
                "Between", "CBench", "CanonicalJSON", "Causality", "Link", "Membership", "Records", "Sealing",
                "SyncClient", "Wire",
            ], swiftSettings: settings),
        .executableTarget(name: "btw", dependencies: ["BtwCommands", "CProcessPrivacy"], swiftSettings: settings),
        .executableTarget(
            name: "btwd",
            dependencies: [
                "CProcessPrivacy", "Link", "SyncServer", "SyncServerSQLite", "Wire",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ], path: "Server/btwd", swiftSettings: settings),
        .testTarget(
            name: "CanonicalJSONTests", dependencies: ["CanonicalJSON", "TestSupport"], swiftSettings: settings),
        .target(
            name: "TestSupport", dependencies: ["CanonicalJSON", "Causality"], path: "Tests/TestSupport",
            swiftSettings: settings),
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
        .testTarget(
            name: "SQLiteFileTests", dependencies: ["SQLiteFile", "CSQLite", "TestSupport", grdb],
            swiftSettings: settings),
        .testTarget(
            name: "BetweenTests",
            dependencies: [
                "Between", "CanonicalJSON", "Causality", "Membership", "Records", "ReplicaStore", "SQLiteFile",
                "Sealing", "SyncClient", "TestSupport", "Wire", "WireSupport",
            ], swiftSettings: settings),
        .testTarget(
            name: "SyncClientTests",
            dependencies: ["Causality", "Membership", "SyncClient", "TestSupport", "Wire", "WireSupport"],
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
            dependencies: [
                "btw", "btwd", "Between", "BtwCommands", "Records", "CanonicalJSON", "Causality", "Link", "Membership",
                "Sealing", "SyncClient", "TestSupport", "Wire",
            ], exclude: ["Homes"],
            swiftSettings: settings),
        .target(
            name: "WireSupport", dependencies: ["Causality", "TestSupport", "Wire"], path: "Tests/WireSupport",
            swiftSettings: settings),
        .target(
            name: "ServerModel", dependencies: ["Causality", "Membership", "SyncServer", "Wire"],
            path: "Tests/ServerModel", swiftSettings: settings),
        .target(
            name: "MemoryStore", dependencies: ["Causality", "SyncServer", "Wire"], path: "Tests/MemoryStore",
            swiftSettings: settings),
        .testTarget(
            name: "WireTests", dependencies: ["CanonicalJSON", "Causality", "TestSupport", "Wire", "WireSupport"],
            swiftSettings: settings),
        .testTarget(
            name: "LinkTests",
            dependencies: [
                "Causality", "Link", "TestSupport", "Wire", crypto, .product(name: "NIOEmbedded", package: "swift-nio"),
            ] + nio, swiftSettings: settings),
        .testTarget(
            name: "SyncServerTests",
            dependencies: [
                "Causality", "Link", "Membership", "MemoryStore", "SQLiteFile", "Sealing", "ServerModel", "SyncServer",
                "SyncServerSQLite", "TestSupport", "Wire", "WireSupport", grdb,
            ], swiftSettings: settings),
        .testTarget(
            name: "SimulationTests",
            dependencies: [
                "Causality", "Membership", "ServerModel", "SyncClient", "SyncServer", "TestSupport", "Wire", crypto,
            ], swiftSettings: settings),
        .testTarget(name: "ArchitectureTests", dependencies: ["TestSupport"], swiftSettings: settings),
    ]
)
