// swift-tools-version: 6.2

import PackageDescription

// Continuous integration sets this; a library user's build never fails on a warning.
let warningsAreErrors = Context.environment["TURNLEDGER_WARNINGS_AS_ERRORS"] == "1"

let package = Package(
    name: "turnledger",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "turnledger", targets: ["turnledger"]),
        .library(name: "TurnledgerStore", targets: ["TurnledgerStore"]),
        .library(name: "TurnledgerEncryption", targets: ["TurnledgerEncryption"]),
        .library(name: "TurnledgerGraph", targets: ["TurnledgerGraph"]),
        .library(name: "TurnledgerAgent", targets: ["TurnledgerAgent"]),
        .library(name: "TurnledgerModels", targets: ["TurnledgerModels"]),
        .library(name: "TurnledgerRetrieval", targets: ["TurnledgerRetrieval"]),
        .library(name: "TurnledgerSQLite", targets: ["TurnledgerSQLite"]),
        .library(name: "TurnledgerPostgres", targets: ["TurnledgerPostgres"]),
        .library(name: "TurnledgerOperations", targets: ["TurnledgerOperations"]),
        .library(name: "TurnledgerRedis", targets: ["TurnledgerRedis"]),
        .library(name: "TurnledgerTransfer", targets: ["TurnledgerTransfer"]),
        .library(name: "TurnledgerServer", targets: ["TurnledgerServer"]),
        .library(name: "TurnledgerTesting", targets: ["TurnledgerTesting"]),
    ],
    traits: [
        .trait(name: "PostgreSQL", description: "The PostgreSQL store, which needs libpq."),
        .trait(name: "Redis", description: "The Redis store, and Redis as a place to move conversations from."),
        .default(enabledTraits: ["PostgreSQL", "Redis"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0", traits: []),
        .package(url: "https://github.com/apple/swift-crypto", "3.12.3"..<"5.0.0"),
        .package(url: "https://github.com/apple/swift-distributed-tracing", from: "1.7.3"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.30.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/swiftlang/swift-docc-plugin", from: "1.5.0"),
    ],
    targets: [
        .target(
            name: "TurnledgerStore",
            dependencies: [
                .product(name: "Crypto", package: "swift-crypto"), .product(name: "Logging", package: "swift-log"),
            ]
        ),
        // Apart from the core, so that a store without encryption needs no OpenSSL.
        .systemLibrary(
            name: "CLibcrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"]), .brew(["openssl@3"])]),
        .target(name: "TurnledgerEncryption", dependencies: ["CLibcrypto", "TurnledgerStore"]),
        .target(name: "TurnledgerGraph", dependencies: ["TurnledgerStore"]),
        .target(
            name: "TurnledgerAgent",
            dependencies: [
                "TurnledgerGraph", "TurnledgerStore", .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Tracing", package: "swift-distributed-tracing"),
            ]
        ),
        .target(
            name: "TurnledgerModels",
            dependencies: [
                "TurnledgerAgent", "TurnledgerStore",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "Tracing", package: "swift-distributed-tracing"),
            ]
        ),
        .target(
            name: "TurnledgerRetrieval",
            dependencies: [
                "TurnledgerAgent", "TurnledgerStore",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Yams", package: "Yams"),
            ]
        ),
        .target(
            name: "TurnledgerSQLite",
            dependencies: [
                "TurnledgerStore",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Logging", package: "swift-log"),
            ]
        ),
        .systemLibrary(name: "CLibpq", pkgConfig: "libpq", providers: [.apt(["libpq-dev"]), .brew(["libpq"])]),
        .target(name: "CEpoll"),
        .target(
            name: "TurnledgerPostgres",
            dependencies: ["CEpoll", "CLibpq", "TurnledgerStore", .product(name: "Logging", package: "swift-log")]
        ),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
        .target(
            name: "TurnledgerOperations",
            dependencies: [
                "CZlib", "TurnledgerStore", .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
            ]
        ),
        .target(
            name: "TurnledgerRedis",
            dependencies: [
                "TurnledgerStore",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ]
        ),
        .target(
            name: "TurnledgerTransfer",
            dependencies: ["TurnledgerStore", .product(name: "Logging", package: "swift-log")]
        ),
        .target(
            name: "TurnledgerServer",
            dependencies: [
                "TurnledgerAgent", "TurnledgerStore",
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "Tracing", package: "swift-distributed-tracing"),
            ],
            resources: [
                .embedInCode("Page/page.html"), .embedInCode("Page/page.css"), .embedInCode("Page/page.js"),
                .embedInCode("Page/common.js"),
                .embedInCode("Page/stats.html"), .embedInCode("Page/stats.js"),
                .embedInCode("OpenAPI/openapi.json"),
            ]
        ),
        .systemLibrary(name: "CMalloc"),
        .target(
            name: "TurnledgerCLI",
            dependencies: [
                .target(name: "CMalloc", condition: .when(platforms: [.linux])),
                "TurnledgerAgent", "TurnledgerEncryption", "TurnledgerGraph", "TurnledgerModels",
                "TurnledgerOperations",
                .target(name: "TurnledgerPostgres", condition: .when(traits: ["PostgreSQL"])), "TurnledgerRetrieval",
                .target(name: "TurnledgerRedis", condition: .when(traits: ["Redis"])),
                "TurnledgerSQLite", "TurnledgerServer", "TurnledgerStore", "TurnledgerTransfer",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "Tracing", package: "swift-distributed-tracing"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
                .product(name: "Yams", package: "Yams"),
            ]
        ),
        .executableTarget(
            name: "turnledger",
            dependencies: ["TurnledgerCLI", .product(name: "ArgumentParser", package: "swift-argument-parser")]
        ),
        .target(
            name: "TurnledgerTesting",
            dependencies: ["TurnledgerAgent", "TurnledgerGraph", "TurnledgerStore"]
        ),
        // What Tests/Drills/graph_drill.py kills.
        .executableTarget(
            name: "graph-drill",
            dependencies: [
                "TurnledgerGraph", .target(name: "TurnledgerPostgres", condition: .when(traits: ["PostgreSQL"])),
                "TurnledgerSQLite", "TurnledgerStore",
            ],
            path: "Tests/GraphDrill"
        ),
        // Help for our own tests alone: a scripted model endpoint, child processes.
        .target(
            name: "TestSupport",
            dependencies: [
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            path: "Tests/Support"
        ),
        .testTarget(
            name: "TurnledgerStoreTests",
            dependencies: ["TurnledgerStore", "TurnledgerTesting"],
            resources: [.copy("Fixtures")]
        ),
        .testTarget(
            name: "TurnledgerEncryptionTests",
            dependencies: ["TurnledgerEncryption", "TurnledgerSQLite", "TurnledgerStore", "TurnledgerTesting"]
        ),
        .testTarget(
            name: "TurnledgerGraphTests",
            dependencies: [
                "TurnledgerGraph", "TurnledgerPostgres", "TurnledgerSQLite", "TurnledgerStore", "TurnledgerTesting",
            ]
        ),
        .testTarget(
            name: "TurnledgerAgentTests",
            dependencies: [
                "TurnledgerAgent", "TurnledgerGraph", "TurnledgerStore", "TurnledgerTesting",
                .product(name: "InMemoryTracing", package: "swift-distributed-tracing"),
                .product(name: "Tracing", package: "swift-distributed-tracing"),
            ]
        ),
        .testTarget(
            name: "TurnledgerModelsTests",
            dependencies: [
                "TestSupport", "TurnledgerAgent", "TurnledgerModels", "TurnledgerStore", "TurnledgerTesting",
                .product(name: "Logging", package: "swift-log"),
            ]
        ),
        .testTarget(
            name: "TurnledgerRetrievalTests",
            dependencies: [
                "TurnledgerAgent", "TurnledgerRetrieval", "TurnledgerSQLite", "TurnledgerStore", "TurnledgerTesting",
                .product(name: "Logging", package: "swift-log"),
            ]
        ),
        .testTarget(
            name: "TurnledgerSQLiteTests",
            dependencies: [
                "TurnledgerSQLite", "TurnledgerStore", "TurnledgerTesting",
                .product(name: "GRDB", package: "GRDB.swift"),
            ]
        ),
        .testTarget(
            name: "TurnledgerPostgresTests",
            dependencies: [
                "TestSupport", "TurnledgerPostgres", "TurnledgerStore", "TurnledgerTesting",
                .product(name: "Logging", package: "swift-log"),
            ]
        ),
        .testTarget(
            name: "TurnledgerOperationsTests",
            dependencies: [
                "TurnledgerOperations", "TurnledgerPostgres", "TurnledgerSQLite", "TurnledgerStore",
                "TurnledgerTesting",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Logging", package: "swift-log"),
            ]
        ),
        .testTarget(
            name: "TurnledgerRedisTests",
            dependencies: [
                "TurnledgerRedis", "TurnledgerSQLite", "TurnledgerStore", "TurnledgerTesting", "TurnledgerTransfer",
                .product(name: "NIOCore", package: "swift-nio"),
            ]
        ),
        .testTarget(
            name: "TurnledgerTransferTests",
            dependencies: [
                "TurnledgerAgent", "TurnledgerGraph", "TurnledgerSQLite", "TurnledgerStore", "TurnledgerTesting",
                "TurnledgerTransfer",
                .product(name: "Logging", package: "swift-log"),
            ]
        ),
        .testTarget(
            name: "TurnledgerServerTests",
            dependencies: [
                "TurnledgerAgent", "TurnledgerPostgres", "TurnledgerSQLite", "TurnledgerServer", "TurnledgerStore",
                "TurnledgerTesting",
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdTesting", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            resources: [.copy("Fixtures")]
        ),
        .testTarget(
            name: "TurnledgerCLITests",
            dependencies: [
                "TestSupport", "TurnledgerAgent", "TurnledgerCLI", "TurnledgerGraph", "TurnledgerModels",
                "TurnledgerOperations", "TurnledgerPostgres", "TurnledgerSQLite", "TurnledgerServer", "TurnledgerStore",
                "TurnledgerTesting", "TurnledgerTransfer",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdTesting", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "Tracing", package: "swift-distributed-tracing"),
            ]
        ),
        .testTarget(
            name: "InteropTests",
            dependencies: [
                "TurnledgerAgent", "TurnledgerGraph", "TurnledgerPostgres", "TurnledgerRedis", "TurnledgerStore",
                "TurnledgerTesting",
                .product(name: "Logging", package: "swift-log"),
            ],
            path: "Tests/Interop",
            exclude: ["Python"]
        ),
        .testTarget(
            name: "IntegrationTests",
            dependencies: [
                "TestSupport", "TurnledgerAgent", "TurnledgerCLI", "TurnledgerModels", "TurnledgerSQLite",
                "TurnledgerServer", "TurnledgerStore", "TurnledgerTesting",
                .product(name: "Logging", package: "swift-log"),
            ]
        ),
    ],
    swiftLanguageModes: [.v6]
)

for target in package.targets where target.type != .system && target.type != .plugin {
    target.swiftSettings =
        (target.swiftSettings ?? []) + [
            .enableUpcomingFeature("ExistentialAny"),
            .enableUpcomingFeature("InternalImportsByDefault"),
            .enableUpcomingFeature("MemberImportVisibility"),
            .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
        ]
    if warningsAreErrors && target.type != .test {
        target.swiftSettings?.append(.treatAllWarnings(as: .error))
    }
}
