// Turnledger. SPDX-License-Identifier: Apache-2.0

internal import GRDB
public import TurnledgerStore

extension SQLiteStore {
    public func thread(_ id: ThreadID) async throws(StoreError) -> ThreadRecord? {
        try await read { database in
            try database.row(RunStatements.thread, [id.rawValue]).map { try ThreadRecord($0) }
        }
    }

    /// A page is a walk along an index: of the owner's threads, or of all.
    public func threads(_ query: ThreadQuery) async throws(StoreError) -> ThreadPage {
        try StoreRules.validate(limit: query.limit)
        let cursor: ThreadCursor? = if let text = query.cursor { try ThreadCursor(text) } else { nil }
        guard query.limit > 0 else { return ThreadPage(threads: [], next: nil) }
        var conditions: [String] = []
        var arguments: StatementArguments = []
        func require(_ condition: String, _ values: StatementArguments) {
            conditions.append(condition)
            arguments += values
        }
        if let owner = query.owner { require(RunStatements.ofOwner, [owner]) }
        if let cursor { require(RunStatements.behind, [cursor.updatedAt.microseconds, cursor.id.rawValue]) }
        if !query.labels.isEmpty { require(RunStatements.withLabels, [ThreadRecord.json(query.labels).text]) }
        if let text = query.text, !text.isEmpty { require(RunStatements.withText, [text]) }
        let filter = conditions.isEmpty ? "" : "\nWHERE " + conditions.joined(separator: "\n  AND ")
        let sql = RunStatements.selectThreads + filter + "\n" + RunStatements.lastActiveFirst
        let values = arguments + [query.limit.addingReportingOverflow(1).partialValue]
        return try await read { database in
            let rows = try database.rows(sql, values)
            let page = try rows.prefix(query.limit).map { try ThreadRecord($0) }
            return ThreadPage(
                threads: page, next: rows.count > query.limit ? page.last.map { ThreadCursor($0).text } : nil)
        }
    }

    @discardableResult
    public func update(
        _ thread: ThreadID, _ changes: ThreadChanges, at time: Timestamp
    ) async throws(StoreError) -> ThreadRecord {
        try await write { database in
            guard let row = try database.row(RunStatements.thread, [thread.rawValue]) else {
                throw StoreError(.missing, "Thread \(thread) does not exist.")
            }
            var record = try ThreadRecord(row)
            if let title = StoreRules.printable(changes.title) { record.title = title }
            if let labels = changes.labels { record.labels = labels }
            if let status = changes.status { record.status = status }
            if changes.title != nil || changes.labels != nil { record.updatedAt = time }
            try database.save(record)
            return record
        }
    }
}

extension Database {
    /// Stores what of a thread's record is its own: not its lease, head or epoch.
    func save(_ thread: ThreadRecord) throws {
        try run(
            RunStatements.updateThread,
            [
                thread.title, ThreadRecord.json(thread.labels).text, thread.status.rawValue,
                thread.updatedAt.microseconds, thread.id.rawValue,
            ])
    }

    func save(_ record: RunRecord) throws {
        try run(
            RunStatements.updateRun,
            [
                record.status.rawValue, record.attempt, record.failure, record.updatedAt.microseconds,
                record.id.rawValue,
            ])
    }
}
