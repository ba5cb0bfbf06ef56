// Turnledger. SPDX-License-Identifier: Apache-2.0

internal import Foundation
internal import GRDB
public import TurnledgerStore

extension SQLiteStore: ArchivingStore {
    public var rowFormat: String { "sqlite" }

    /// One snapshot. Columns of bytes are `{"hex": "…"}`.
    public func threadRows(of thread: ThreadID) async throws(StoreError) -> ThreadRows? {
        try await read { database in
            let rows = try database.threadRows(of: thread)
            return rows.isEmpty ? nil : ThreadRows(thread: thread, rows: rows)
        }
    }

    public func restore(_ rows: ThreadRows) async throws(StoreError) {
        try ThreadID.validate(rows.thread.rawValue, as: "thread id")
        try await write { database in
            for table in ArchiveStatements.tables where table != "turnledger_retention" {
                guard try database.row(ArchiveStatements.anyRow(of: table), [rows.thread.rawValue]) == nil else {
                    throw StoreError(.conflict, "Thread \(rows.thread) is in the store already.")
                }
            }
            for row in rows.rows { try database.insert(row, of: rows.thread) }
            try database.run(RetentionStatements.removeTombstone, [rows.thread.rawValue])
        }
    }
}

extension SQLiteStore: ReclaimingStore {
    /// Rewrites the file without the pages that nothing uses, so that nothing of removed rows is left in it, and empties
    /// the write-ahead log. Needs as much room on the disk once more, and waits for other writers.
    public func reclaimSpace() async throws(StoreError) {
        let result: Result<Void, any Error> = await withCheckedContinuation { continuation in
            writer.asyncWriteWithoutTransaction { database in
                continuation.resume(
                    returning: Result {
                        try database.execute(sql: ArchiveStatements.vacuum)
                        try database.execute(sql: ArchiveStatements.truncateLog)
                    })
            }
        }
        do { try result.get() } catch { throw StoreError(sqlite: error, file: path) }
    }
}

/// The statements of archives.
enum ArchiveStatements {
    /// Every table that has rows of threads, in the order in which they are restored, and how their rows are sorted.
    static let tables = [
        "turnledger_threads", "turnledger_runs", "turnledger_run_events", "checkpoints", "checkpoint_blobs",
        "checkpoint_writes", "turnledger_turn_journal", "turnledger_retention",
    ]

    /// `?1` thread.
    static func rows(of table: String) -> String {
        """
        SELECT *
        FROM \(table)
        WHERE \(condition(table))
        ORDER BY 1, 2, 3\(table == "checkpoint_writes" ? ", 4, 5" : table == "checkpoint_blobs" ? ", 4" : "")
        """
    }

    static func count(of table: String) -> String { "SELECT count(*) AS count FROM \(table)" }

    static func anyRow(of table: String) -> String {
        """
        SELECT 1 AS one
        FROM \(table)
        WHERE \(condition(table))
        LIMIT 1
        """
    }

    static func insert(into table: String, columns: [String]) -> String {
        """
        INSERT INTO \(table) (\(columns.map { "\"\($0)\"" }.joined(separator: ", ")))
        VALUES (\(columns.map { _ in "?" }.joined(separator: ", ")))
        """
    }

    /// `?1` table.
    static let columns = "SELECT name FROM pragma_table_info(?)"

    static let vacuum = "VACUUM"
    static let truncateLog = "PRAGMA wal_checkpoint(TRUNCATE)"

    private static func condition(_ table: String) -> String {
        table == "turnledger_run_events"
            ? "run_id IN (SELECT r.run_id FROM turnledger_runs AS r WHERE r.thread_id = ?1)" : "thread_id = ?1"
    }
}

extension Row {
    /// All columns by name; bytes as `{"hex": "…"}`, numbers with a fraction as `{"real": "…"}`.
    fileprivate var json: JSONObject {
        JSONObject(
            members: zip(columnNames, databaseValues).map { name, value in
                .init(key: name, value: Self.json(value))
            })
    }

    private static func json(_ value: DatabaseValue) -> JSONValue {
        switch value.storage {
        case .null: .null
        case .int64(let number): .integer(number)
        case .double(let number): ["real": .string("\(number)")]
        case .string(let text): .string(text)
        case .blob(let data): ["hex": .string(Hexadecimal.text(Array(data)))]
        }
    }
}

extension Database {
    /// All rows of a thread, table by table, each in the order of its key.
    func threadRows(of thread: ThreadID) throws -> [ThreadRows.Row] {
        var found: [ThreadRows.Row] = []
        for table in ArchiveStatements.tables {
            for row in try rows(ArchiveStatements.rows(of: table), [thread.rawValue]) {
                found.append(.init(table: table, json: JSONValue.object(row.json).text))
            }
        }
        return found
    }

    /// Writes a row of an archive into the table that it names.
    fileprivate func insert(_ row: ThreadRows.Row, of thread: ThreadID) throws {
        guard ArchiveStatements.tables.contains(row.table), let json = try JSONValue.parse(Array(row.json.utf8)).object
        else { throw StoreError(.undecodable, "The archive has a row of the unknown table '\(row.table)'.") }
        guard row.table == "turnledger_run_events" || json["thread_id"]?.string == thread.rawValue else {
            throw StoreError(.undecodable, "The archive has a row of another thread under \(thread).")
        }
        let known = Set(try rows(ArchiveStatements.columns, [row.table]).map { try $0.value("name", as: String.self) })
        guard json.keys.allSatisfy(known.contains) else {
            throw StoreError(.undecodable, "The archive has columns of '\(row.table)' that this version does not know.")
        }
        let values = try json.members.map { member -> (any DatabaseValueConvertible)? in
            switch member.value {
            case .null: return nil
            case .integer(let number): return number
            case .string(let text): return text
            default:
                if let hex = member.value["hex"]?.string, let bytes = Hexadecimal.bytes(hex) { return Data(bytes) }
                if let real = member.value["real"]?.string, let number = Double(real) { return number }
                throw StoreError(.undecodable, "The archive has a value in '\(row.table)' that is of no known kind.")
            }
        }
        try run(
            ArchiveStatements.insert(into: row.table, columns: json.keys), StatementArguments(values))
    }
}
