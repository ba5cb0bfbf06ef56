// Turnledger. SPDX-License-Identifier: Apache-2.0

extension SchemaMigration {
    /// Regulations and their clauses.
    ///
    /// A removed document's row stays with `removed = 1` and the version of its removal, so that indexes can follow; the
    /// store's version is the greatest of all rows. `heading_path` is a JSON array of texts.
    static let clauses = SchemaMigration(
        id: "0003-clauses",
        sql: """
            CREATE TABLE turnledger_documents (
                document_id TEXT NOT NULL PRIMARY KEY,
                title TEXT NOT NULL,
                language TEXT NOT NULL,
                status TEXT NOT NULL,
                effective_from TEXT,
                effective_until TEXT,
                source TEXT,
                content_hash TEXT NOT NULL,
                clause_count INTEGER NOT NULL,
                version INTEGER NOT NULL,
                removed INTEGER NOT NULL DEFAULT 0
            );
            CREATE INDEX turnledger_documents_by_version
                ON turnledger_documents (version);
            CREATE TABLE turnledger_clauses (
                document_id TEXT NOT NULL,
                number TEXT NOT NULL,
                position INTEGER NOT NULL,
                heading_path TEXT NOT NULL DEFAULT '[]',
                text TEXT NOT NULL,
                language TEXT NOT NULL,
                status TEXT NOT NULL,
                effective_from TEXT,
                effective_until TEXT,
                PRIMARY KEY (document_id, number)
            );
            CREATE INDEX turnledger_clauses_in_order
                ON turnledger_clauses (document_id, position);
            """
    )
}
