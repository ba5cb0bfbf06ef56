// Turnledger. SPDX-License-Identifier: Apache-2.0

extension SchemaMigration {
    /// Regulations and their clauses.
    ///
    /// A removed document's row stays with the version of its removal, so that indexes can follow. The store's version
    /// has a row of its own, which changes lock. `heading_path` is a JSON array of texts, as text: it may hold `\u0000`.
    static let clauses = SchemaMigration(id: "0002-clauses", purpose: "regulations and their clauses") { tables in
        [
            """
            CREATE TABLE \(tables.documents) (
                document_id TEXT NOT NULL PRIMARY KEY,
                title TEXT NOT NULL,
                language TEXT NOT NULL,
                status TEXT NOT NULL,
                effective_from TEXT,
                effective_until TEXT,
                source TEXT,
                content_hash TEXT NOT NULL,
                clause_count BIGINT NOT NULL,
                version BIGINT NOT NULL,
                removed BOOLEAN NOT NULL DEFAULT false
            )
            """,
            """
            CREATE INDEX turnledger_documents_by_version
                ON \(tables.documents) (version)
            """,
            """
            CREATE TABLE \(tables.clauses) (
                document_id TEXT NOT NULL,
                number TEXT NOT NULL,
                position BIGINT NOT NULL,
                heading_path TEXT NOT NULL DEFAULT '[]',
                text TEXT NOT NULL,
                language TEXT NOT NULL,
                status TEXT NOT NULL,
                effective_from TEXT,
                effective_until TEXT,
                PRIMARY KEY (document_id, number)
            )
            """,
            """
            CREATE INDEX turnledger_clauses_in_order
                ON \(tables.clauses) (document_id, position)
            """,
            """
            CREATE TABLE \(tables.clauseVersion) (
                one BOOLEAN NOT NULL PRIMARY KEY DEFAULT true CHECK (one),
                version BIGINT NOT NULL
            )
            """,
            """
            INSERT INTO \(tables.clauseVersion) (version)
            VALUES (0)
            """,
        ]
    }
}
