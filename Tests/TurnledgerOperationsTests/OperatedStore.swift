// Turnledger. SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import TurnledgerSQLite
import TurnledgerStore

@testable import TurnledgerPostgres
@testable import TurnledgerTesting

/// What all operations work on.
typealias OperatedStore = AuditStore & BackupStore & ChoreStore & ConversationStore & ReclaimingStore

/// The kinds of stores that are operated.
enum StoreKind: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case sqlite, postgresql

    var testDescription: String { rawValue }

    /// Those that can be tested here: PostgreSQL where `scripts/postgres.sh` started one.
    static var all: [StoreKind] { postgres == nil && !isRequired ? [.sqlite] : allCases }

    private static let environment = ProcessInfo.processInfo.environment
    private static var isRequired: Bool { environment["TURNLEDGER_REQUIRE_SERVICES"] == "1" }
    static var postgres: String? { environment["TURNLEDGER_TEST_POSTGRES"] }

    /// Where a backup is restored: nil is beside the store.
    var scratch: String? { self == .sqlite ? nil : Self.environment["TURNLEDGER_TEST_POSTGRES_ADMIN"] }

    /// Runs `body` with an empty store and an empty folder, both of its own.
    func with(_ body: (any OperatedStore, String) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.path + "/turnledger-operations-" + UniqueID.random()
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        switch self {
        case .sqlite:
            let store = try SQLiteStore(path: folder + "/store.sqlite")
            try await store.setUp()
            try await body(store, folder)
            try store.close()
        case .postgresql:
            let url = try #require(Self.postgres, "Run eval \"$(scripts/postgres.sh start FOLDER)\" first.")
            let schema = "o" + UniqueID.random().filter { $0 != "-" }
            let store = try PostgresStore(
                configuration: PostgresConfiguration(
                    parameters: try PostgresConfiguration.parameters(of: url), schema: schema, maximumConnections: 6))
            do {
                try await store.setUp()
                try await body(store, folder)
                _ = try? await store.client.execute(.unprepared("DROP SCHEMA \(schema) CASCADE"))
                await store.close()
            } catch {
                _ = try? await store.client.execute(.unprepared("DROP SCHEMA \(schema) CASCADE"))
                await store.close()
                throw error
            }
        }
    }
}

extension CheckpointStore where Self: RunStore {
    /// Makes a thread with a record, a run with an event, checkpoints in two namespaces, blobs and writes.
    func makeThread(
        _ id: ThreadID, owner: String = "owner", checkpoints: Int = 3, at time: Int64 = 1_767_225_600
    ) async throws {
        let started = try await start(NewRun(in: id, owner: owner, at: time))
        try await append([RunEventRecord(started.run, 0)])
        for namespace in [Namespace.root, "child:1"] {
            var thread = ContractThread(id, namespace: namespace)
            for turn in 0..<checkpoints {
                let put = try await thread.put(
                    [
                        "messages": [.string("text \(turn) of \(id.rawValue)"), .binary([0, 1, 255])],
                        "count": .integer(Int64(turn)),
                    ],
                    metadata: ["score": .double(1.5), "Ü": "ß\"\\\n"], to: self,
                    fence: Fence(epoch: started.fence.epoch))
                try await putWrites(TaskWrites(on: put.reference, [("a", 1), ("b", .null)]), fence: nil)
            }
        }
        try await finish(started, at: time)
    }
}

extension PostgresQuery {
    static func unprepared(_ sql: String) -> PostgresQuery { PostgresQuery(PostgresStatement("", sql)) }
}

extension ThreadRows {
    /// All rows but what was said about keeping: a restored thread is pinned.
    var ofThread: [Row] { rows.filter { $0.table != "turnledger_retention" } }
}

/// Changes one byte of a file.
func flip(_ path: String, at offset: Int) throws {
    var data = try Data(contentsOf: URL(fileURLWithPath: path))
    data[data.startIndex + offset % data.count] ^= 1
    try data.write(to: URL(fileURLWithPath: path))
}

/// The paths of a folder's files that end so.
func files(_ folder: String, _ suffix: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(suffix) }.sorted()
        .map { folder + "/" + $0 }
}
