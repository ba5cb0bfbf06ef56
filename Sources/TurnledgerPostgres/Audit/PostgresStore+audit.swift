// Turnledger. SPDX-License-Identifier: Apache-2.0

public import TurnledgerStore

extension PostgresStore: AuditStore {
    /// Reads the last row and writes the next; again, where somebody else was faster.
    @discardableResult
    public func record(_ entry: AuditEntry) async throws(StoreError) -> AuditRow {
        while true {
            let last = try await read(PostgresQuery(statements.audit.last))
            do {
                let row = AuditRow(entry, behind: try last.first.map { try AuditRow($0) })
                let done = try await write([
                    PostgresQuery(
                        statements.audit.append,
                        [
                            .integer(row.number), .integer(row.time.microseconds), .text(row.actor), .text(row.action),
                            .text(row.subject), .text(row.details), .text(row.previous), .text(row.hash),
                        ])
                ])
                if done[0].first != nil { return row }
            } catch {
                throw StoreError(reading: error)
            }
        }
    }

    public func auditRows(behind number: Int64, limit: Int) async throws(StoreError) -> [AuditRow] {
        try StoreRules.validate(limit: limit)
        let rows = try await read(PostgresQuery(statements.audit.page, [.integer(number), .integer(Int64(limit))]))
        do { return try rows.all.map { try AuditRow($0) } } catch { throw StoreError(reading: error) }
    }
}

extension AuditRow {
    /// Reads the columns of `AuditStatements`.
    init(_ row: PostgresRow) throws {
        self.init(
            number: try row.integer(0), time: Timestamp(microseconds: try row.integer(1)), actor: try row.text(2),
            action: try row.text(3), subject: try row.text(4), details: try row.text(5), previous: try row.text(6),
            hash: try row.text(7))
    }
}

extension PostgresStore: ArchivingStore {
    public var rowFormat: String { "postgresql" }

    /// One statement, and so one snapshot. Rows are as `row_to_json` writes them: bytes as `\x…`.
    public func threadRows(of thread: ThreadID) async throws(StoreError) -> ThreadRows? {
        let rows = try await read(PostgresQuery(statements.archive.rows, [.text(thread.rawValue)]))
        do {
            let found = try rows.all.map { ThreadRows.Row(table: try $0.text(0), json: try $0.text(1)) }
            return found.isEmpty ? nil : ThreadRows(thread: thread, rows: found)
        } catch {
            throw StoreError(reading: error)
        }
    }

    /// A statement for each table, in one transaction behind a look whether the thread is there.
    public func restore(_ rows: ThreadRows) async throws(StoreError) {
        try ThreadID.validate(rows.thread.rawValue, as: "thread id")
        let id = PostgresValue.text(rows.thread.rawValue)
        let groups = Dictionary(grouping: rows.rows, by: \.table)
        for name in groups.keys where statements.archive.insert[name] == nil {
            throw StoreError(.undecodable, "The archive has a row of the unknown table '\(name)'.")
        }
        let known = try await read(PostgresQuery(statements.archive.isKnown, [id]))
        do {
            guard try known.first?.boolean(0) != true else {
                throw StoreError(.conflict, "Thread \(rows.thread) is in the store already.")
            }
        } catch {
            throw StoreError(reading: error)
        }
        var queries = [PostgresQuery(statements.retention.removeRetention, [id])]
        for name in ArchiveStatements.names {
            guard let group = groups[name], let statement = statements.archive.insert[name] else { continue }
            queries.append(PostgresQuery(statement, [id, .texts(group.map(\.json))]))
        }
        queries.append(PostgresQuery(statements.retention.removeTombstone, [id]))
        let done: [PostgresRows]
        do throws(PostgresError) {
            done = try await client.execute(
                queries, isShareable: false, isRepeatable: false, isCancellable: false)
        } catch {
            // Somebody wrote the thread meanwhile: nothing was restored.
            if error.sqlState == "23505" {
                throw StoreError(.conflict, "Thread \(rows.thread) is in the store already.")
            }
            throw StoreError(postgres: error)
        }
        guard done.dropFirst().dropLast().reduce(0, { $0 + $1.affected }) == rows.rows.count else {
            throw StoreError(.undecodable, "The archive had rows of other threads under \(rows.thread).")
        }
    }
}

extension PostgresStore: ReclaimingStore {
    /// `VACUUM (ANALYZE)` on each table of threads: the space of removed rows serves new ones, and pages at a table's end
    /// go back to the operating system.
    public func reclaimSpace() async throws(StoreError) {
        do {
            try await client.withSession { session in
                for statement in statements.archive.vacuum {
                    _ = try await session.executeAlone(statement, deadline: .seconds(24 * 3600))
                }
            }
        } catch {
            throw StoreError(reading: error)
        }
    }
}
