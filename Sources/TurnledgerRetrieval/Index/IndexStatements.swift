// Turnledger. SPDX-License-Identifier: Apache-2.0

/// The schema and the statements of an index file.
///
/// `clause_terms` keeps no text of its own: what was put in is needed to take it out again, so `indexed_clauses` has it.
enum IndexStatements {
    /// Raised with every change of the schema, the tokenizer or the fields: an older file is built anew.
    static let format = 1

    static let schema = """
        CREATE TABLE index_state (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            version INTEGER NOT NULL
        );
        INSERT INTO index_state (id, version) VALUES (1, 0);
        CREATE TABLE indexed_documents (
            document_id TEXT NOT NULL PRIMARY KEY,
            title TEXT NOT NULL,
            language TEXT NOT NULL
        );
        CREATE TABLE indexed_clauses (
            id INTEGER PRIMARY KEY,
            document_id TEXT NOT NULL,
            number TEXT NOT NULL,
            number_key TEXT NOT NULL,
            position INTEGER NOT NULL,
            heading_path TEXT NOT NULL,
            text TEXT NOT NULL,
            language TEXT NOT NULL,
            status TEXT NOT NULL,
            effective_from TEXT,
            effective_until TEXT,
            heading_terms TEXT NOT NULL,
            title_terms TEXT NOT NULL,
            text_terms TEXT NOT NULL,
            heading_length INTEGER NOT NULL,
            text_length INTEGER NOT NULL
        );
        CREATE INDEX indexed_clauses_of_document ON indexed_clauses (document_id);
        CREATE INDEX indexed_clauses_by_number ON indexed_clauses (number_key);
        CREATE VIRTUAL TABLE clause_terms USING fts5 (
            heading, title, number, text,
            content = '',
            tokenize = "ascii tokenchars '.'"
        );
        CREATE VIRTUAL TABLE clause_vocabulary USING fts5vocab (clause_terms, 'row');
        """

    static let setFormat = "PRAGMA user_version = \(format)"
    static let readFormat = "PRAGMA user_version"
    /// The file can be made again from the store: it need not survive a power cut.
    static let fast = "PRAGMA synchronous = OFF"

    static let version = "SELECT version FROM index_state"
    static let setVersion = "UPDATE index_state SET version = ?"
    static let isEmpty = "SELECT NOT EXISTS (SELECT 1 FROM indexed_clauses)"

    static let documents = """
        SELECT document_id, title, language
        FROM indexed_documents
        """

    static let documentIDs = "SELECT document_id FROM indexed_documents"

    static let totals = """
        SELECT language, COUNT(*) AS clauses, AVG(text_length) AS text_length, AVG(heading_length) AS heading_length
        FROM indexed_clauses
        GROUP BY language
        """

    static let putDocument = """
        INSERT OR REPLACE INTO indexed_documents (document_id, title, language)
        VALUES (?, ?, ?)
        """

    static let removeDocument = """
        DELETE FROM indexed_documents
        WHERE document_id = ?
        """

    static let putClause = """
        INSERT INTO indexed_clauses (
            document_id, number, number_key, position, heading_path, text, language, status, effective_from,
            effective_until, heading_terms, title_terms, text_terms, heading_length, text_length
        )
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """

    static let putTerms = """
        INSERT INTO clause_terms (rowid, heading, title, number, text)
        VALUES (?, ?, ?, ?, ?)
        """

    static let removeTerms = """
        INSERT INTO clause_terms (clause_terms, rowid, heading, title, number, text)
        SELECT 'delete', id, heading_terms, title_terms, number_key, text_terms
        FROM indexed_clauses
        WHERE document_id = ?
        """

    static let removeClauses = """
        DELETE FROM indexed_clauses
        WHERE document_id = ?
        """

    static let merge = "INSERT INTO clause_terms (clause_terms) VALUES ('optimize')"

    static let frequency = """
        SELECT doc
        FROM clause_vocabulary
        WHERE term = ?
        """

    static let frequencyOfPrefix = """
        SELECT MAX(doc) AS most, SUM(doc) AS sum
        FROM clause_vocabulary
        WHERE term >= ? AND term < ?
        """

    static let candidates = """
        SELECT rowid
        FROM clause_terms
        WHERE clause_terms MATCH ?
            AND rank MATCH 'bm25(1.8, 0.6, 1.0, 1.0)'
        ORDER BY rank
        LIMIT ?
        """

    /// Each filter is passed over where its value is null. Values: match, document, language, status, date, limit.
    static let filteredCandidates = """
        SELECT clause_terms.rowid
        FROM clause_terms
        JOIN indexed_clauses AS clause ON clause.id = clause_terms.rowid
        WHERE clause_terms MATCH ?1
            AND rank MATCH 'bm25(1.8, 0.6, 1.0, 1.0)'
            AND (?2 IS NULL OR clause.document_id = ?2)
            AND (?3 IS NULL OR clause.language = ?3)
            AND (?4 IS NULL OR clause.status = ?4)
            AND (?5 IS NULL OR (COALESCE(clause.effective_from, '') <= ?5
                AND COALESCE(clause.effective_until, '9999') >= ?5))
        ORDER BY rank
        LIMIT ?6
        """

    /// Clauses by number key, in named documents (a JSON array) or, where it is null, in all; filters as above.
    static let numbered = """
        SELECT id
        FROM indexed_clauses AS clause
        WHERE number_key IN (SELECT value FROM json_each(?1))
            AND (?2 IS NULL OR clause.document_id IN (SELECT value FROM json_each(?2)))
            AND (?3 IS NULL OR clause.document_id = ?3)
            AND (?4 IS NULL OR clause.language = ?4)
            AND (?5 IS NULL OR clause.status = ?5)
            AND (?6 IS NULL OR (COALESCE(clause.effective_from, '') <= ?6
                AND COALESCE(clause.effective_until, '9999') >= ?6))
        ORDER BY document_id, position
        LIMIT 1000
        """

    static let candidateTerms = """
        SELECT id, document_id, number, number_key, language, status, heading_terms, title_terms, text_terms
        FROM indexed_clauses
        WHERE id IN (SELECT value FROM json_each(?))
        """

    static let clauses = """
        SELECT *
        FROM indexed_clauses
        WHERE id IN (SELECT value FROM json_each(?))
        """
}
