// Turnledger. SPDX-License-Identifier: Apache-2.0

extension SchemaMigration {
    /// Who did what to conversations: rows that nobody changes. Times are microseconds since 1970.
    static let audit = SchemaMigration(id: "0009-audit", purpose: "who did what to conversations, as a chain") {
        tables in
        [
            """
            CREATE TABLE \(tables.audit) (
                number BIGINT NOT NULL PRIMARY KEY,
                time BIGINT NOT NULL,
                actor TEXT NOT NULL,
                action TEXT NOT NULL,
                subject TEXT NOT NULL,
                details TEXT NOT NULL,
                previous TEXT NOT NULL,
                hash TEXT NOT NULL
            )
            """,
            """
            CREATE FUNCTION \(tables.auditGuard)() RETURNS trigger
            LANGUAGE plpgsql AS $body$
            BEGIN
                RAISE EXCEPTION 'Rows of turnledger_audit are never changed or removed.';
            END
            $body$
            """,
            """
            CREATE TRIGGER turnledger_audit_unchanged
                BEFORE UPDATE OR DELETE OR TRUNCATE ON \(tables.audit)
                FOR EACH STATEMENT EXECUTE FUNCTION \(tables.auditGuard)()
            """,
        ]
    }
}
