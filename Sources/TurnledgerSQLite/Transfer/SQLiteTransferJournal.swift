// Turnledger. SPDX-License-Identifier: Apache-2.0

internal import Foundation
internal import GRDB
public import TurnledgerStore

/// A transfer's journal in an SQLite file of its own.
public final class SQLiteTransferJournal: TransferJournal {
    private let database: DatabaseQueue
    private let path: String

    /// Opens the journal of a transfer between two places, and makes it where there is none.
    ///
    /// - `source`: Names the source, without its password.
    /// - `target`: Names the target, without its password.
    /// - Throws: `.invalid` where the file is the journal of another transfer, `.unavailable`, `.undecodable`.
    public init(path: String, source: String, target: String) throws(StoreError) {
        self.path = path
        do {
            let folder = URL(filePath: path).deletingLastPathComponent()
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            database = try DatabaseQueue(path: path)
            let ends = try database.write { database in
                try database.execute(sql: TransferJournalStatements.tables)
                try database.execute(sql: TransferJournalStatements.begin, arguments: [source, target])
                return try Row.fetchOne(database, sql: TransferJournalStatements.ends)
            }
            guard ends?["source"] == source, ends?["target"] == target else {
                throw StoreError(
                    .invalid,
                    "\(path) is the journal of the transfer from \(ends?["source"] ?? "") to \(ends?["target"] ?? ""). "
                        + "Name another file with --journal.")
            }
        } catch {
            throw StoreError(sqlite: error, file: path)
        }
    }

    public func close() { try? database.close() }

    public func hasUnfinishedPass() async throws(StoreError) -> Bool {
        let isScanned = try await run { database in
            try Row.fetchOne(database, sql: TransferJournalStatements.state)?["is_scanned"] == 1
        }
        guard isScanned else { return false }
        return try await !unmoved(after: nil, limit: 1).isEmpty
    }

    public func beginScan() async throws(StoreError) {
        try await run { database in
            try database.execute(sql: TransferJournalStatements.beginScan)
            try database.execute(sql: TransferJournalStatements.forgetScanProblems)
        }
    }

    public func note(_ findings: TransferFindings) async throws(StoreError) {
        try await run { database in
            let statement = try database.cachedStatement(sql: TransferJournalStatements.note)
            for record in findings.records {
                try statement.execute(arguments: [
                    record.thread.rawValue, record.key, record.kind.rawValue, record.checkpoint.rawValue,
                ])
            }
            try Self.note(findings.problems, of: "", database)
        }
    }

    public func endScan() async throws(StoreError) {
        try await run { database in
            try database.execute(sql: TransferJournalStatements.forgetLost)
            try database.execute(sql: TransferJournalStatements.endScan)
        }
    }

    public func unmoved(after thread: ThreadID?, limit: Int) async throws(StoreError) -> [ThreadID] {
        try await run { database in
            var result: [ThreadID] = []
            var last = thread?.rawValue ?? ""
            while result.count < limit {
                let names = try String.fetchAll(
                    database, sql: TransferJournalStatements.threads, arguments: [last, 256])
                guard let newest = names.last else { break }
                for name in names where result.count < limit {
                    let hash = try String.fetchOne(
                        database, sql: TransferJournalStatements.hash, arguments: [name])
                    if try hash == nil || hash != Self.hash(of: Self.records(of: ThreadID(name), database)) {
                        result.append(ThreadID(name))
                    }
                }
                last = newest
            }
            return result
        }
    }

    public func threads(after thread: ThreadID?, limit: Int) async throws(StoreError) -> [ThreadID] {
        try await run { database in
            try String.fetchAll(
                database, sql: TransferJournalStatements.threads, arguments: [thread?.rawValue ?? "", limit]
            ).map(ThreadID.init(_:))
        }
    }

    public func records(of thread: ThreadID) async throws(StoreError) -> [TransferRecord] {
        try await run { database in try Self.records(of: thread, database) }
    }

    public func noteMoved(
        _ thread: ThreadID, _ records: [TransferRecord], problems: [TransferProblem]
    ) async throws(StoreError) {
        try await run { database in
            try database.execute(
                sql: TransferJournalStatements.forgetProblems, arguments: [thread.rawValue])
            try Self.note(problems, of: thread.rawValue, database)
            try database.execute(
                sql: TransferJournalStatements.moved, arguments: [thread.rawValue, Self.hash(of: records)])
        }
    }

    public func counts() async throws(StoreError) -> TransferCounts {
        try await run { database in
            var counts = TransferCounts()
            for row in try Row.fetchAll(database, sql: TransferJournalStatements.kinds) {
                switch TransferRecord.Kind(rawValue: row[0]) {
                case .checkpoint: counts.checkpoints = row[1]
                case .write: counts.writes = row[1]
                case nil: break
                }
            }
            counts.threads = try Int.fetchOne(database, sql: TransferJournalStatements.threadCount) ?? 0
            counts.movedThreads = try Int.fetchOne(database, sql: TransferJournalStatements.movedCount) ?? 0
            for row in try Row.fetchAll(database, sql: TransferJournalStatements.problemKinds) {
                if let kind = TransferProblem.Kind(rawValue: row[0]) { counts.problems[kind] = row[1] }
            }
            return counts
        }
    }

    public func problems(limit: Int) async throws(StoreError) -> [TransferProblem] {
        try await run { database in
            try TransferProblem.Kind.allCases.flatMap { kind in
                try Row.fetchAll(
                    database, sql: TransferJournalStatements.problems, arguments: [kind.rawValue, limit]
                ).map { TransferProblem(kind, key: $0[1], $0[2]) }
            }
        }
    }

    // MARK: Rows

    private static func records(of thread: ThreadID, _ database: Database) throws -> [TransferRecord] {
        try Row.fetchAll(database, sql: TransferJournalStatements.records, arguments: [thread.rawValue]).compactMap {
            row in
            TransferRecord.Kind(rawValue: row[1]).map {
                TransferRecord(key: row[0], kind: $0, thread: thread, checkpoint: CheckpointID(row[2]))
            }
        }
    }

    private static func note(_ problems: [TransferProblem], of thread: String, _ database: Database) throws {
        for problem in problems {
            try database.execute(
                sql: TransferJournalStatements.problem,
                arguments: [thread, problem.kind.rawValue, problem.key, problem.detail])
        }
    }

    /// Of what was found: another where a record came, went, or is of another checkpoint.
    private static func hash(of records: [TransferRecord]) -> String {
        let lines = records.map { "\($0.kind.rawValue) \($0.key) \($0.checkpoint.rawValue)" }.sorted()
        return XXH3.hexadecimal(of: Array(lines.joined(separator: "\n").utf8))
    }

    private func run<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(StoreError) -> Value {
        do { return try await database.write(body) } catch { throw StoreError(sqlite: error, file: path) }
    }
}
