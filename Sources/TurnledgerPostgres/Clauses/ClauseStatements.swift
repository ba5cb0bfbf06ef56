// Turnledger. SPDX-License-Identifier: Apache-2.0

/// The statements on regulations, which belong to no thread.
struct ClauseStatements: Sendable {
    let version: PostgresStatement
    let documents: PostgresStatement
    /// `$1` version.
    let changes: PostgresStatement
    /// `$1` document, `$2` number.
    let clause: PostgresStatement
    /// `$1` document.
    let clausesOfDocument: PostgresStatement

    // MARK: A change, in this order

    /// Lets changes take place one after another.
    let lock: PostgresStatement
    /// `$1` whether documents come, `$2` documents to remove, `$3` time. Raises the version where anything changes.
    let raiseVersion: PostgresStatement
    /// `$1` documents whose clauses go.
    let removeClauses: PostgresStatement
    /// `$1` documents.
    let markRemoved: PostgresStatement
    /// Arrays: document, title, language, status, from, until, source, hash (`''` of the optional ones: see
    /// `OptionalText`), number of clauses.
    let putDocuments: PostgresStatement
    /// Arrays: document, number, heading path, text, language, status, from, until, position.
    let putClauses: PostgresStatement

    init(_ tables: TableNames) {
        version = PostgresStatement(
            "clause_version",
            """
            SELECT v.version
            FROM \(tables.clauseVersion) AS v
            """)
        documents = PostgresStatement(
            "documents",
            """
            SELECT \(Self.documentColumns)
            FROM \(tables.documents) AS d
            WHERE NOT d.removed
            ORDER BY d.document_id COLLATE "C"
            """)
        changes = PostgresStatement(
            "document_changes",
            """
            SELECT \(Self.documentColumns), v.version
            FROM \(tables.clauseVersion) AS v
            LEFT JOIN \(tables.documents) AS d ON d.version > $1
            ORDER BY d.document_id COLLATE "C"
            """)
        clause = PostgresStatement(
            "clause",
            """
            SELECT \(Self.clauseColumns)
            FROM \(tables.clauses) AS c
            WHERE c.document_id = $1
              AND c.number = $2
            """)
        clausesOfDocument = PostgresStatement(
            "clauses_of_document",
            """
            SELECT \(Self.clauseColumns)
            FROM \(tables.clauses) AS c
            WHERE c.document_id = $1
            ORDER BY c.position
            """)
        lock = PostgresStatement(
            "clause_lock",
            """
            SELECT v.version
            FROM \(tables.clauseVersion) AS v
            FOR UPDATE
            """)
        raiseVersion = PostgresStatement(
            "clause_raise_version",
            """
            UPDATE \(tables.clauseVersion) AS v
            SET version = GREATEST(v.version + 1, $3)
            WHERE $1
               OR EXISTS (
                   SELECT 1
                   FROM \(tables.documents) AS d
                   WHERE d.document_id = ANY ($2::text[])
                     AND NOT d.removed
               )
            """)
        removeClauses = PostgresStatement(
            "clauses_remove",
            """
            DELETE FROM \(tables.clauses) AS c
            WHERE c.document_id = ANY ($1::text[])
            """)
        markRemoved = PostgresStatement(
            "documents_remove",
            """
            UPDATE \(tables.documents) AS d
            SET removed = true, clause_count = 0, version = (SELECT v.version FROM \(tables.clauseVersion) AS v)
            WHERE d.document_id = ANY ($1::text[])
              AND NOT d.removed
            """)
        putDocuments = PostgresStatement(
            "documents_put",
            """
            INSERT INTO \(tables.documents) (
                document_id, title, language, status, effective_from, effective_until, source, content_hash,
                clause_count, version, removed
            )
            SELECT u.document_id, u.title, u.language, u.status, \(OptionalText.read("u.effective_from")),
                \(OptionalText.read("u.effective_until")), \(OptionalText.read("u.source")), u.content_hash,
                u.clause_count, v.version, false
            FROM \(tables.clauseVersion) AS v
            CROSS JOIN unnest(
                $1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
                $9::bigint[]
            ) AS u (
                document_id, title, language, status, effective_from, effective_until, source, content_hash,
                clause_count
            )
            ON CONFLICT (document_id) DO UPDATE SET
                title = EXCLUDED.title,
                language = EXCLUDED.language,
                status = EXCLUDED.status,
                effective_from = EXCLUDED.effective_from,
                effective_until = EXCLUDED.effective_until,
                source = EXCLUDED.source,
                content_hash = EXCLUDED.content_hash,
                clause_count = EXCLUDED.clause_count,
                version = EXCLUDED.version,
                removed = false
            """)
        putClauses = PostgresStatement(
            "clauses_put",
            """
            INSERT INTO \(tables.clauses) (
                document_id, number, heading_path, text, language, status, effective_from, effective_until, position
            )
            SELECT u.document_id, u.number, u.heading_path, u.text, u.language, u.status,
                \(OptionalText.read("u.effective_from")), \(OptionalText.read("u.effective_until")), u.position
            FROM unnest(
                $1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
                $9::bigint[]
            ) AS u (
                document_id, number, heading_path, text, language, status, effective_from, effective_until, position
            )
            """)
    }

    private static let documentColumns = """
        d.document_id, d.title, d.language, d.status, d.effective_from, d.effective_until, d.source, d.content_hash,
            d.clause_count, d.version, d.removed
        """

    private static let clauseColumns = """
        c.document_id, c.number, c.heading_path, c.text, c.language, c.status, c.effective_from, c.effective_until,
            c.position
        """
}

/// Text that may be absent, as an element of an array that holds no NULL: `=` and the text, or nothing.
enum OptionalText {
    static func element(_ text: String?) -> String { text.map { "=" + $0 } ?? "" }

    /// The SQL that reads such an element.
    static func read(_ column: String) -> String { "CASE WHEN \(column) <> '' THEN substr(\(column), 2) END" }
}
