// swift-tools-version: 6.2
// Turnledger. SPDX-License-Identifier: Apache-2.0

import PackageDescription

let package = Package(
    name: "Graphs",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "turnledger", path: "../..", traits: [])],
    targets: ["ToolAgent", "MapReduce", "Approval"].map { name in
        .executableTarget(
            name: name,
            dependencies: [
                .product(name: "TurnledgerGraph", package: "turnledger"),
                .product(name: "TurnledgerSQLite", package: "turnledger"),
                .product(name: "TurnledgerStore", package: "turnledger"),
            ])
    }
)
