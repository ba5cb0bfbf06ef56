// Turnledger. SPDX-License-Identifier: Apache-2.0

/// The statements of the audit table.
enum AuditStatements {
    static let columns = "number, time, actor, action, subject, details, previous, hash"

    static let last = """
        SELECT \(columns)
        FROM turnledger_audit
        ORDER BY number DESC
        LIMIT 1
        """

    static let append = """
        INSERT INTO turnledger_audit (\(columns))
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        """

    /// `?1` behind this number, `?2` limit.
    static let page = """
        SELECT \(columns)
        FROM turnledger_audit
        WHERE number > ?1
        ORDER BY number
        LIMIT ?2
        """
}
