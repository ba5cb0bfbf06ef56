// Turnledger. SPDX-License-Identifier: Apache-2.0

public import TurnledgerStore

extension PostgresStore: ClauseStore {
    /// One transaction and one round trip, however many documents; changes take place one after another.
    ///
    /// NUL in a text is replaced: PostgreSQL holds none.
    @discardableResult
    public func replace(
        documents: [RegulationImport], removing: [String], at time: Timestamp
    ) async throws(StoreError) -> Int64 {
        let ids = try RegulationImport.validatedIDs(of: documents)
        // Nothing has such an ID, and PostgreSQL takes no NUL.
        let removed = removing.filter { !ids.contains(ExactText($0)) && !$0.utf8.contains(0) }
        let clauses = statements.clauses
        var queries = [
            PostgresQuery(clauses.lock),
            PostgresQuery(
                clauses.raiseVersion,
                [.boolean(!documents.isEmpty), .texts(removed), .integer(time.microseconds)]),
            PostgresQuery(clauses.removeClauses, [.texts(removed + documents.map(\.document.id))]),
            PostgresQuery(clauses.markRemoved, [.texts(removed)]),
        ]
        if !documents.isEmpty { queries.append(put(documents.map(\.document))) }
        let all = documents.flatMap(\.clauses)
        for start in stride(from: 0, to: all.count, by: Self.clausesPerStatement) {
            queries.append(put(all[start..<min(start + Self.clausesPerStatement, all.count)]))
        }
        queries.append(PostgresQuery(clauses.version))
        let answers = try await write(queries)
        return try version(answers[answers.count - 1])
    }

    public func documents() async throws(StoreError) -> [RegulationDocument] {
        let rows = try await read(PostgresQuery(statements.clauses.documents))
        do { return try rows.all.map { try RegulationDocument($0) } } catch { throw StoreError(reading: error) }
    }

    public func clause(_ id: ClauseID) async throws(StoreError) -> Clause? {
        guard !id.document.utf8.contains(0), !id.number.utf8.contains(0) else { return nil }
        let rows = try await read(
            PostgresQuery(statements.clauses.clause, [.text(id.document), .text(id.number)]))
        return try clauses(rows).first
    }

    public func clauses(of document: String) async throws(StoreError) -> [Clause] {
        guard !document.utf8.contains(0) else { return [] }
        return try clauses(
            try await read(PostgresQuery(statements.clauses.clausesOfDocument, [.text(document)])))
    }

    /// One row of a table that has one.
    public func clauseVersion() async throws(StoreError) -> Int64 {
        try version(try await read(PostgresQuery(statements.clauses.version)))
    }

    /// One statement: version and changes are of one moment.
    public func changes(since version: Int64) async throws(StoreError) -> ClauseChanges {
        let rows = try await read(PostgresQuery(statements.clauses.changes, [.integer(version)]))
        do {
            var changes = ClauseChanges(version: 0, changed: [], removed: [])
            for row in rows.all {
                changes.version = try row.integer(11)
                guard !row.isNull(0) else { continue }
                let document = try RegulationDocument(row)
                if try row.boolean(10) {
                    changes.removed.append(document.id)
                } else {
                    changes.changed.append(document)
                }
            }
            return changes
        } catch {
            throw StoreError(reading: error)
        }
    }

    /// So that no single message holds a whole code of law.
    private static let clausesPerStatement = 2000

    private func put(_ documents: [RegulationDocument]) -> PostgresQuery {
        func texts(_ column: (RegulationDocument) -> String) -> PostgresValue {
            .texts(documents.map { StoreRules.printable(column($0)) ?? "" })
        }
        return PostgresQuery(
            statements.clauses.putDocuments,
            [
                texts(\.id), texts(\.title), texts(\.language), texts(\.status.rawValue),
                texts { OptionalText.element($0.effectiveFrom) }, texts { OptionalText.element($0.effectiveUntil) },
                texts { OptionalText.element($0.source) }, texts(\.contentHash),
                .integers(documents.map { Int64($0.clauseCount) }),
            ])
    }

    private func put(_ clauses: ArraySlice<Clause>) -> PostgresQuery {
        func texts(_ column: (Clause) -> String) -> PostgresValue {
            .texts(clauses.map { StoreRules.printable(column($0)) ?? "" })
        }
        return PostgresQuery(
            statements.clauses.putClauses,
            [
                texts(\.id.document), texts(\.id.number),
                texts { JSONValue.array($0.headingPath.map { .string($0) }).text }, texts(\.text), texts(\.language),
                texts(\.status.rawValue), texts { OptionalText.element($0.effectiveFrom) },
                texts { OptionalText.element($0.effectiveUntil) }, .integers(clauses.map { Int64($0.position) }),
            ])
    }

    private func version(_ rows: PostgresRows) throws(StoreError) -> Int64 {
        do { return try rows.first?.integer(0) ?? 0 } catch { throw StoreError(reading: error) }
    }

    private func clauses(_ rows: PostgresRows) throws(StoreError) -> [Clause] {
        do { return try rows.all.map { try Clause($0) } } catch { throw StoreError(reading: error) }
    }
}

extension RegulationDocument {
    fileprivate init(_ row: PostgresRow) throws {
        self.init(
            id: try row.text(0), title: try row.text(1), language: try row.text(2),
            status: RegulationStatus(rawValue: try row.text(3)), effectiveFrom: row.optionalText(4),
            effectiveUntil: row.optionalText(5), source: row.optionalText(6), contentHash: try row.text(7),
            clauseCount: Int(try row.integer(8)), version: try row.integer(9))
    }
}

extension Clause {
    fileprivate init(_ row: PostgresRow) throws {
        let path = try JSONValue.parse(Array(try row.text(2).utf8))
        self.init(
            id: ClauseID(document: try row.text(0), number: try row.text(1)),
            headingPath: (path.array ?? []).compactMap(\.string), text: try row.text(3), language: try row.text(4),
            status: RegulationStatus(rawValue: try row.text(5)), effectiveFrom: row.optionalText(6),
            effectiveUntil: row.optionalText(7), position: Int(try row.integer(8)))
    }
}
