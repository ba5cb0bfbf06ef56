// Turnledger. SPDX-License-Identifier: Apache-2.0

import Foundation
import GRDB
import TurnledgerStore

/// The SQLite file of an index: what is in it, and how it is brought up to date.
///
/// Several processes may share a file. Each change is one transaction that ends with the version that it reached.
final class IndexFile: Sendable {
    let writer: any DatabaseWriter

    /// Opens the file, or makes it; one that is damaged or of another version of the format is made anew.
    /// - Parameter path: `:memory:` keeps the index in this process.
    init(path: String) throws(RegulationError) {
        do {
            if path == ":memory:" {
                writer = try DatabaseQueue(configuration: Self.configuration)
            } else {
                writer = try Self.open(path)
            }
            try writer.write { db in
                if try Int.fetchOne(db, sql: IndexStatements.readFormat) != IndexStatements.format {
                    try db.execute(sql: IndexStatements.schema)
                    try db.execute(sql: IndexStatements.setFormat)
                }
            }
        } catch {
            throw RegulationError(
                .index,
                "The search index cannot be opened at \(path). Give this user the right to write there, or name another place."
            )
        }
    }

    private static var configuration: GRDB.Configuration {
        var configuration = GRDB.Configuration()
        configuration.busyMode = .timeout(30)
        configuration.label = "turnledger-index"
        configuration.prepareDatabase { db in try db.execute(sql: IndexStatements.fast) }
        return configuration
    }

    private static func open(_ path: String) throws -> DatabasePool {
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        do {
            let pool = try DatabasePool(path: path, configuration: configuration)
            let format = try pool.read { db in try Int.fetchOne(db, sql: IndexStatements.readFormat) ?? 0 }
            if format == IndexStatements.format || format == 0 { return pool }
            try pool.close()
        } catch let error as DatabaseError
            where error.resultCode == .SQLITE_NOTADB || error.resultCode == .SQLITE_CORRUPT
        {
            // What is derived is not repaired.
        }
        for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + suffix) }
        return try DatabasePool(path: path, configuration: configuration)
    }

    // MARK: Reading

    func version() async throws -> Int64 {
        try await writer.read { db in try Int64.fetchOne(db, sql: IndexStatements.version) ?? 0 }
    }

    func documentIDs() async throws -> [String] {
        try await writer.read { db in try String.fetchAll(db, sql: IndexStatements.documentIDs) }
    }

    func catalogue() async throws -> Catalogue {
        try await writer.read { db in
            let documents = try Row.fetchAll(db, sql: IndexStatements.documents).map { row in
                Catalogue.Document(id: row["document_id"], title: row["title"], language: row["language"])
            }
            let totals = try Row.fetchAll(db, sql: IndexStatements.totals).map { row in
                Catalogue.Totals(
                    language: row["language"], clauses: row["clauses"], textLength: row["text_length"],
                    headingLength: row["heading_length"])
            }
            return Catalogue(
                version: try Int64.fetchOne(db, sql: IndexStatements.version) ?? 0, documents: documents,
                totals: totals)
        }
    }

    // MARK: Writing

    /// A document as it goes in.
    struct Entry: Sendable {
        var document: RegulationDocument
        var clauses: [Clause]
    }

    /// Puts documents in place of those with their IDs and takes others out, in one transaction.
    func apply(_ entries: [Entry], removed: [String], version: Int64?, merging: Bool = false) async throws {
        try await writer.write { db in
            for id in removed { try Self.remove(id, db) }
            for entry in entries {
                try Self.remove(entry.document.id, db)
                try Self.put(entry, db)
            }
            if merging { try db.execute(sql: IndexStatements.merge) }
            if let version { try db.execute(sql: IndexStatements.setVersion, arguments: [version]) }
        }
    }

    private static func remove(_ id: String, _ db: Database) throws {
        for sql in [IndexStatements.removeTerms, IndexStatements.removeClauses, IndexStatements.removeDocument] {
            try db.cachedStatement(sql: sql).execute(arguments: [id])
        }
    }

    private static func put(_ entry: Entry, _ db: Database) throws {
        let document = entry.document
        try db.cachedStatement(sql: IndexStatements.putDocument)
            .execute(arguments: [document.id, document.title, document.language])
        let names = document.title.contains(document.id) ? document.title : document.id + " " + document.title
        let title = Tokenizer.terms(names).joined(separator: " ")
        let putClause = try db.cachedStatement(sql: IndexStatements.putClause)
        let putTerms = try db.cachedStatement(sql: IndexStatements.putTerms)
        for clause in entry.clauses {
            let key = ClauseNumber.key(clause.id.number)
            let headingTerms = clause.headingPath.flatMap { Tokenizer.terms($0) }
            let textTerms = Tokenizer.terms(clause.text)
            let heading = headingTerms.joined(separator: " ")
            let text = textTerms.joined(separator: " ")
            try putClause.execute(arguments: [
                clause.id.document, clause.id.number, key, clause.position,
                clause.headingPath.joined(separator: "\u{1F}"), clause.text, clause.language, clause.status.rawValue,
                clause.effectiveFrom, clause.effectiveUntil, heading, title, text, headingTerms.count, textTerms.count,
            ])
            try putTerms.execute(arguments: [db.lastInsertedRowID, heading, title, key, text])
        }
    }
}

extension Clause {
    init(indexed row: Row) {
        let path: String = row["heading_path"]
        self.init(
            id: ClauseID(document: row["document_id"], number: row["number"]),
            headingPath: path.split(separator: "\u{1F}").map(String.init), text: row["text"],
            language: row["language"], status: RegulationStatus(rawValue: row["status"]),
            effectiveFrom: row["effective_from"], effectiveUntil: row["effective_until"], position: row["position"]
        )
    }
}
