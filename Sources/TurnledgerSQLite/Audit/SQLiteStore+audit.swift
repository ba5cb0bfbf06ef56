// Turnledger. SPDX-License-Identifier: Apache-2.0

internal import GRDB
public import TurnledgerStore

extension SQLiteStore: AuditStore {
    @discardableResult
    public func record(_ entry: AuditEntry) async throws(StoreError) -> AuditRow {
        try await write { database in
            let last = try database.row(AuditStatements.last).map { try AuditRow($0) }
            let row = AuditRow(entry, behind: last)
            try database.run(
                AuditStatements.append,
                [
                    row.number, row.time.microseconds, row.actor, row.action, row.subject, row.details, row.previous,
                    row.hash,
                ])
            return row
        }
    }

    public func auditRows(behind number: Int64, limit: Int) async throws(StoreError) -> [AuditRow] {
        try StoreRules.validate(limit: limit)
        return try await read { database in
            try database.rows(AuditStatements.page, [number, limit]).map { try AuditRow($0) }
        }
    }
}

extension AuditRow {
    /// Reads a row of `turnledger_audit`.
    init(_ row: Row) throws {
        self.init(
            number: try row.value("number"), time: Timestamp(microseconds: try row.value("time")),
            actor: try row.value("actor"), action: try row.value("action"), subject: try row.value("subject"),
            details: try row.value("details"), previous: try row.value("previous"), hash: try row.value("hash"))
    }
}
