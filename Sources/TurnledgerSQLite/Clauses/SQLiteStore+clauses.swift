// Turnledger. SPDX-License-Identifier: Apache-2.0

internal import GRDB
public import TurnledgerStore

extension SQLiteStore: ClauseStore {
    @discardableResult
    public func replace(
        documents: [RegulationImport], removing: [String], at time: Timestamp
    ) async throws(StoreError) -> Int64 {
        let ids = try RegulationImport.validatedIDs(of: documents)
        let removed = removing.filter { !ids.contains(ExactText($0)) }
        return try await write { database in
            let known = try Self.version(database)
            let gone = try removed.filter { try database.row(ClauseStatements.isPresent, [$0]) != nil }
            guard !documents.isEmpty || !gone.isEmpty else { return known }
            let version = max(known + 1, time.microseconds)
            for id in gone {
                try database.run(ClauseStatements.removeClauses, [id])
                try database.run(ClauseStatements.markRemoved, [version, id])
            }
            for item in documents { try Self.put(item, version: version, database) }
            return version
        }
    }

    public func documents() async throws(StoreError) -> [RegulationDocument] {
        try await read { database in
            try database.rows(ClauseStatements.documents).map { try RegulationDocument(row: $0) }
        }
    }

    public func clause(_ id: ClauseID) async throws(StoreError) -> Clause? {
        try await read { database in
            try database.row(ClauseStatements.clause, [id.document, id.number]).map { try Clause(row: $0) }
        }
    }

    public func clauses(of document: String) async throws(StoreError) -> [Clause] {
        try await read { database in
            try database.rows(ClauseStatements.clausesOfDocument, [document]).map { try Clause(row: $0) }
        }
    }

    /// One look into an index.
    public func clauseVersion() async throws(StoreError) -> Int64 {
        try await read { database in try Self.version(database) }
    }

    public func changes(since version: Int64) async throws(StoreError) -> ClauseChanges {
        try await read { database in
            var changes = ClauseChanges(version: try Self.version(database), changed: [], removed: [])
            for row in try database.rows(ClauseStatements.changes, [version]) {
                let document = try RegulationDocument(row: row)
                if try row.value("removed", as: Bool.self) {
                    changes.removed.append(document.id)
                } else {
                    changes.changed.append(document)
                }
            }
            return changes
        }
    }

    private static func version(_ database: Database) throws -> Int64 {
        try database.row(ClauseStatements.version)?.optional("version") ?? 0
    }

    private static func put(_ item: RegulationImport, version: Int64, _ database: Database) throws {
        let document = item.document
        try database.run(ClauseStatements.removeClauses, [document.id])
        try database.run(
            ClauseStatements.putDocument,
            [
                document.id, document.title, document.language, document.status.rawValue, document.effectiveFrom,
                document.effectiveUntil, document.source, document.contentHash, document.clauseCount, version,
            ])
        for clause in item.clauses {
            try database.run(
                ClauseStatements.putClause,
                [
                    document.id, clause.id.number, clause.position,
                    JSONValue.array(clause.headingPath.map { .string($0) }).text, clause.text, clause.language,
                    clause.status.rawValue, clause.effectiveFrom, clause.effectiveUntil,
                ])
        }
    }
}

extension RegulationDocument {
    fileprivate init(row: Row) throws {
        self.init(
            id: try row.value("document_id"), title: try row.value("title"), language: try row.value("language"),
            status: RegulationStatus(rawValue: try row.value("status")),
            effectiveFrom: try row.optional("effective_from"), effectiveUntil: try row.optional("effective_until"),
            source: try row.optional("source"), contentHash: try row.value("content_hash"),
            clauseCount: try row.value("clause_count"), version: try row.value("version")
        )
    }
}

extension Clause {
    fileprivate init(row: Row) throws {
        let path = try JSONValue.parse(Array(try row.value("heading_path", as: String.self).utf8))
        self.init(
            id: ClauseID(document: try row.value("document_id"), number: try row.value("number")),
            headingPath: (path.array ?? []).compactMap(\.string), text: try row.value("text"),
            language: try row.value("language"), status: RegulationStatus(rawValue: try row.value("status")),
            effectiveFrom: try row.optional("effective_from"), effectiveUntil: try row.optional("effective_until"),
            position: try row.value("position")
        )
    }
}
