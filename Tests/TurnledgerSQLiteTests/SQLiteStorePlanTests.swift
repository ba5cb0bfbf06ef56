// Turnledger. SPDX-License-Identifier: Apache-2.0

import GRDB
import Testing
import TurnledgerStore

@testable import TurnledgerSQLite

@Suite("How SQLite finds rows")
struct SQLiteStorePlanTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func plan(_ sql: String, _ arguments: StatementArguments) async throws -> String {
        let store = try await folder.store()
        return try await store.read { database in
            try Row.fetchAll(database, sql: "EXPLAIN QUERY PLAN " + sql, arguments: arguments)
                .map { $0["detail"] as String }.joined(separator: "\n")
        }
    }

    @Test("a page of an owner's threads is a walk along an index, without sorting")
    func threads() async throws {
        let filters: [(String, StatementArguments, String)] = [
            ("WHERE \(RunStatements.ofOwner)", ["o", 21], "turnledger_threads_of_owner"),
            (
                "WHERE \(RunStatements.ofOwner) AND \(RunStatements.behind)", ["o", 1, "t", 21],
                "turnledger_threads_of_owner"
            ),
            ("", [21], "turnledger_threads_newest_first"),
            ("WHERE \(RunStatements.behind)", [1, "t", 21], "turnledger_threads_newest_first"),
        ]
        for (filter, arguments, index) in filters {
            let sql = "\(RunStatements.selectThreads) \(filter) \(RunStatements.lastActiveFirst)"
            let plan = try await plan(sql, arguments)
            #expect(plan.contains("INDEX \(index)"), "\(plan)")
            #expect(!plan.contains("TEMP B-TREE"), "\(plan)")
        }
    }

    @Test("latest, head and one checkpoint are found by the primary key")
    func checkpoints() async throws {
        let cases: [(String, StatementArguments)] = [
            (CheckpointStatements.latest, ["t", ""]), (CheckpointStatements.head, ["t", ""]),
            (CheckpointStatements.one, ["t", "", "1"]),
        ]
        for (sql, arguments) in cases {
            let plan = try await plan(sql, arguments)
            #expect(plan.contains("sqlite_autoindex_checkpoints_1"), "\(plan)")
            #expect(!plan.contains("TEMP B-TREE"), "\(plan)")
        }
    }

    @Test("a page of a thread's checkpoints, or of all, needs no sorting")
    func listing() async throws {
        let cases: [(String, StatementArguments)] = [
            ("WHERE \(CheckpointStatements.inThread)", ["t", 20]),
            ("WHERE \(CheckpointStatements.inThread) AND \(CheckpointStatements.inNamespace)", ["t", "", 20]),
            ("WHERE \(CheckpointStatements.inThread) AND \(CheckpointStatements.behind)", ["t", "1", "t", "", 20]),
            ("", [20]),
        ]
        for (filter, arguments) in cases {
            let plan = try await plan(
                "\(CheckpointStatements.select) \(filter) \(CheckpointStatements.newestFirst)", arguments)
            #expect(!plan.contains("TEMP B-TREE"), "\(plan)")
        }
    }

    @Test("blobs and writes of a page are found by their primary keys")
    func values() async throws {
        let blobs = try await plan(CheckpointStatements.blobs, ["[]"])
        #expect(blobs.contains("SEARCH b USING INDEX sqlite_autoindex_checkpoint_blobs_1"), "\(blobs)")
        let writes = try await plan(CheckpointStatements.writes, ["[]"])
        #expect(writes.contains("SEARCH w USING INDEX sqlite_autoindex_checkpoint_writes_1"), "\(writes)")
    }

    @Test("unfinished runs, runs by key and events are found by indexes")
    func runs() async throws {
        let cases: [(String, StatementArguments, String)] = [
            (RunStatements.unfinished, [], "turnledger_runs_unfinished"),
            (RunStatements.unfinishedOfThread, ["t"], "turnledger_runs_unfinished_of_thread"),
            (RunStatements.hasUnfinished, ["t"], "turnledger_runs_unfinished_of_thread"),
            (RunStatements.runByKey, ["t", "k"], "turnledger_runs_idempotent"),
            (RunStatements.events, ["r", 0, 10], "SEARCH e USING PRIMARY KEY"),
        ]
        for (sql, arguments, index) in cases {
            let plan = try await plan(sql, arguments)
            #expect(plan.contains(index), "\(plan)")
            #expect(!plan.contains("TEMP B-TREE"), "\(plan)")
        }
    }

    @Test("every delete of a thread uses an index", arguments: CheckpointStatements.delete)
    func delete(_ sql: String) async throws {
        let plan = try await plan(sql, ["t"])
        #expect(!plan.contains("SCAN"), "\(plan)")
    }
}
