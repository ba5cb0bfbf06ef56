// swift-tools-version: 6.2
// Turnledger. SPDX-License-Identifier: Apache-2.0

import PackageDescription

let package = Package(
    name: "MountedRoutes",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(name: "turnledger", path: "../.."),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    ],
    targets: [
        .executableTarget(
            name: "MountedRoutes",
            dependencies: [
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "TurnledgerAgent", package: "turnledger"),
                .product(name: "TurnledgerModels", package: "turnledger"),
                .product(name: "TurnledgerServer", package: "turnledger"),
                .product(name: "TurnledgerSQLite", package: "turnledger"),
            ]
        )
    ]
)
