// Turnledger. SPDX-License-Identifier: Apache-2.0

/// The statements on regulations.
enum ClauseStatements {
    static let version = """
        SELECT MAX(version) AS version
        FROM turnledger_documents
        """

    static let documents = """
        SELECT *
        FROM turnledger_documents
        WHERE removed = 0
        ORDER BY document_id
        """

    static let changes = """
        SELECT *
        FROM turnledger_documents
        WHERE version > ?
        ORDER BY document_id
        """

    static let clause = """
        SELECT *
        FROM turnledger_clauses
        WHERE document_id = ?
            AND number = ?
        """

    static let clausesOfDocument = """
        SELECT *
        FROM turnledger_clauses
        WHERE document_id = ?
        ORDER BY position
        """

    static let putDocument = """
        INSERT INTO turnledger_documents (
            document_id, title, language, status, effective_from, effective_until, source, content_hash, clause_count,
            version, removed
        )
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)
        ON CONFLICT (document_id) DO UPDATE SET
            title = excluded.title,
            language = excluded.language,
            status = excluded.status,
            effective_from = excluded.effective_from,
            effective_until = excluded.effective_until,
            source = excluded.source,
            content_hash = excluded.content_hash,
            clause_count = excluded.clause_count,
            version = excluded.version,
            removed = 0
        """

    static let putClause = """
        INSERT INTO turnledger_clauses (
            document_id, number, position, heading_path, text, language, status, effective_from, effective_until
        )
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
        """

    static let removeClauses = """
        DELETE FROM turnledger_clauses
        WHERE document_id = ?
        """

    static let markRemoved = """
        UPDATE turnledger_documents
        SET removed = 1, clause_count = 0, version = ?
        WHERE document_id = ?
            AND removed = 0
        """

    static let isPresent = """
        SELECT 1
        FROM turnledger_documents
        WHERE document_id = ?
            AND removed = 0
        """
}
