// Turnledger. SPDX-License-Identifier: Apache-2.0

extension SchemaMigration {
    /// Who did what to conversations: rows that nobody changes. Times are microseconds since 1970.
    static let audit = SchemaMigration(
        id: "0008-audit",
        sql: """
            CREATE TABLE turnledger_audit (
                number INTEGER NOT NULL PRIMARY KEY,
                time INTEGER NOT NULL,
                actor TEXT NOT NULL,
                action TEXT NOT NULL,
                subject TEXT NOT NULL,
                details TEXT NOT NULL,
                previous TEXT NOT NULL,
                hash TEXT NOT NULL
            );
            CREATE TRIGGER turnledger_audit_unchanged
            BEFORE UPDATE ON turnledger_audit
            BEGIN
                SELECT RAISE(ABORT, 'Rows of turnledger_audit are never changed.');
            END;
            CREATE TRIGGER turnledger_audit_kept
            BEFORE DELETE ON turnledger_audit
            BEGIN
                SELECT RAISE(ABORT, 'Rows of turnledger_audit are never removed.');
            END;
            """
    )
}
