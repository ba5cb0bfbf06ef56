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
            var configuration = Configuration()
            configuration.busyMode = .timeout(10)
            configuration.prepareDatabase { database in
                // A kill loses nothing of what was committed.
                try database.execute(sql: "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL")
                try database.execute(sql: "PRAGMA cache_size = -32000; PRAGMA wal_autocheckpoint = 8000")
            }
            database = try DatabaseQueue(path: path, configuration: configuration)
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
            try database.execute(sql: TransferJournalStatements.forgetFound)
        }
    }

    public func note(_ findings: TransferFindings, areChanges: Bool) async throws(StoreError) {
        try await run { database in
            if areChanges {
                try Self.noteChanges(findings.records, database)
            } else {
                let statement = try database.cachedStatement(sql: TransferJournalStatements.found)
                for record in findings.records {
                    try statement.execute(arguments: [
                        record.thread.rawValue, record.kind.rawValue, record.key, record.checkpoint.rawValue,
                        record.stamp,
                    ])
                }
            }
            try Self.note(findings.problems, of: "", database)
        }
    }

    public func endScan() async throws(StoreError) {
        try await run { database in
            try database.execute(sql: TransferJournalStatements.takeThreads)
            try database.execute(sql: TransferJournalStatements.takeEntries)
            try database.execute(sql: TransferJournalStatements.foundNew)
            try database.execute(sql: TransferJournalStatements.forgetFound)
            try database.execute(sql: TransferJournalStatements.forgetLost)
            try database.execute(sql: TransferJournalStatements.forgetThreads)
            try database.execute(sql: TransferJournalStatements.endScan)
        }
    }

    public func unmoved(after thread: ThreadID?, limit: Int) async throws(StoreError) -> [TransferRequest] {
        try await requests(TransferJournalStatements.unmoved, behind: thread, limit)
    }

    public func threads(after thread: ThreadID?, limit: Int) async throws(StoreError) -> [TransferRequest] {
        try await requests(TransferJournalStatements.threads, behind: thread, limit)
    }

    public func note(_ outcomes: [TransferOutcome]) async throws(StoreError) {
        try await run { database in
            for outcome in outcomes {
                let name = outcome.thread.rawValue
                try database.cachedStatement(sql: TransferJournalStatements.forgetProblems)
                    .execute(arguments: [name])
                try Self.note(outcome.problems, of: name, database)
                if outcome.isMoved {
                    try database.cachedStatement(sql: TransferJournalStatements.moved)
                        .execute(arguments: [outcome.version, name])
                } else {
                    try database.execute(sql: TransferJournalStatements.refused, arguments: [name])
                }
            }
        }
    }

    public func unmovedCount() async throws(StoreError) -> Int {
        try await run { database in
            try Int.fetchOne(database, sql: TransferJournalStatements.unmovedCount) ?? 0
        }
    }

    public func counts() async throws(StoreError) -> TransferCounts {
        try await run { database in
            var counts = TransferCounts()
            for row in try Row.fetchAll(database, sql: TransferJournalStatements.kinds) {
                switch TransferRecord.Kind(rawValue: row[0]) {
                case .checkpoint: counts.checkpoints = row[1]
                case .write: counts.writes = row[1]
                case .thread, nil: break
                }
            }
            counts.threads = try Int.fetchOne(database, sql: TransferJournalStatements.threadCount) ?? 0
            counts.movedThreads = try Int.fetchOne(database, sql: TransferJournalStatements.movedCount) ?? 0
            for row in try Row.fetchAll(database, sql: TransferJournalStatements.problemKinds) {
                guard let kind = TransferProblem.Kind(rawValue: row[0]) else { continue }
                counts.problems[kind] = row[1]
                counts.problemsBesideReading[kind] = row[2]
            }
            return counts
        }
    }

    public func problems(limit: Int) async throws(StoreError) -> [TransferProblem] {
        try await problems(TransferJournalStatements.problems, limit)
    }

    public func problemsBesideReading(limit: Int) async throws(StoreError) -> [TransferProblem] {
        try await problems(TransferJournalStatements.problemsBesideReading, limit)
    }

    // MARK: Rows

    private func problems(_ sql: String, _ limit: Int) async throws(StoreError) -> [TransferProblem] {
        try await run { database in
            try TransferProblem.Kind.allCases.flatMap { kind in
                try Row.fetchAll(database, sql: sql, arguments: [kind.rawValue, limit])
                    .map { TransferProblem(kind, key: $0[1], $0[2]) }
            }
        }
    }

    private func requests(
        _ sql: String, behind thread: ThreadID?, _ limit: Int
    ) async throws(StoreError) -> [TransferRequest] {
        try await run { database in
            let records = try database.cachedStatement(sql: TransferJournalStatements.records)
            return try Row.fetchAll(database, sql: sql, arguments: [thread?.rawValue ?? "", limit]).map { row in
                let (number, name, version): (Int64, String, Int) = (row[0], row[1], row[2])
                let found = try Row.fetchAll(records, arguments: [number]).compactMap { row in
                    TransferRecord.Kind(rawValue: row[1]).map {
                        TransferRecord(
                            key: row[0], kind: $0, thread: ThreadID(name), checkpoint: CheckpointID(row[2]),
                            stamp: row[3])
                    }
                }
                return TransferRequest(thread: ThreadID(name), records: found, version: version)
            }
        }
    }

    /// Takes records over at once: their threads are to be moved again.
    private static func noteChanges(_ records: [TransferRecord], _ database: Database) throws {
        var changed: Set<Int64> = []
        let entry = try database.cachedStatement(sql: TransferJournalStatements.entry)
        for record in records {
            let thread = try number(of: record.thread, database)
            try entry.execute(arguments: [
                thread, record.kind.rawValue, record.key, record.checkpoint.rawValue, record.stamp,
            ])
            changed.insert(thread)
        }
        let more = try database.cachedStatement(sql: TransferJournalStatements.foundMore)
        for thread in changed { try more.execute(arguments: [thread]) }
    }

    private static func number(of thread: ThreadID, _ database: Database) throws -> Int64 {
        let found = try Int64.fetchOne(
            try database.cachedStatement(sql: TransferJournalStatements.threadID), arguments: [thread.rawValue])
        if let found { return found }
        try database.cachedStatement(sql: TransferJournalStatements.insertThread)
            .execute(arguments: [thread.rawValue])
        return database.lastInsertedRowID
    }

    private static func note(_ problems: [TransferProblem], of thread: String, _ database: Database) throws {
        for problem in problems {
            try database.execute(
                sql: TransferJournalStatements.problem,
                arguments: [thread, problem.kind.rawValue, problem.key, problem.detail])
        }
    }

    private func run<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(StoreError) -> Value {
        do { return try await database.write(body) } catch { throw StoreError(sqlite: error, file: path) }
    }
}
