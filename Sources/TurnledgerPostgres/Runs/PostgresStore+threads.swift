// Turnledger. SPDX-License-Identifier: Apache-2.0

public import TurnledgerStore

extension PostgresStore {
    public func thread(_ id: ThreadID) async throws(StoreError) -> ThreadRecord? {
        let rows = try await read(PostgresQuery(statements.threads.thread, [.text(id.rawValue)]))
        return try Self.records(rows).first
    }

    /// A page is a walk along an index: of the owner's threads, or of all.
    public func threads(_ query: ThreadQuery) async throws(StoreError) -> ThreadPage {
        try StoreRules.validate(limit: query.limit)
        let cursor: ThreadCursor? = if let text = query.cursor { try ThreadCursor(text) } else { nil }
        guard query.limit > 0 else { return ThreadPage(threads: [], next: nil) }
        let rows = try await read(statements.threads.page(of: query, behind: cursor), isCancellable: true)
        let records = try Self.records(rows)
        let page = Array(records.prefix(query.limit))
        return ThreadPage(
            threads: page, next: records.count > query.limit ? page.last.map { ThreadCursor($0).text } : nil)
    }

    /// Two statements in one transaction.
    @discardableResult
    public func update(
        _ thread: ThreadID, _ changes: ThreadChanges, at time: Timestamp
    ) async throws(StoreError) -> ThreadRecord {
        let title = StoreRules.printable(changes.title)
        let update = PostgresQuery(
            statements.threads.update,
            [
                .text(thread.rawValue), .optional(title), .optional(title.map(Titles.folded)),
                changes.labels.map { .utf8(Labels.json($0)) } ?? .null, .optional(changes.status?.rawValue),
                .boolean(changes.title != nil || changes.labels != nil), .integer(time.microseconds),
            ])
        let answers = try await write([
            update, PostgresQuery(statements.threads.thread, [.text(thread.rawValue)]),
        ])
        guard let record = try Self.records(answers[1]).first else {
            throw StoreError(.missing, "Thread \(thread) does not exist.")
        }
        return record
    }

    static func records(_ rows: PostgresRows) throws(StoreError) -> [ThreadRecord] {
        do { return try rows.all.map { try ThreadRecord($0) } } catch { throw StoreError(reading: error) }
    }
}
