// Turnledger. SPDX-License-Identifier: Apache-2.0

import Foundation
import GRDB
import TurnledgerStore
import Yams

/// Says how an SQLite file holds regulations: a small file in YAML or JSON.
///
/// ```yaml
/// database: laws.db            # beside the mapping file, or an absolute path
/// documents:
///   query: SELECT law_id, law_name, status, effective_date FROM laws
///   fields: {key: law_id, id: law_name, title: law_name, status: status, effective_from: effective_date}
///   defaults: {language: zh}
/// clauses:
///   query: SELECT law_id, chapter, section, article_no, article_text FROM articles ORDER BY id
///   fields: {document: law_id, number: article_no, heading: [chapter, section], text: article_text}
/// ```
///
/// A field that is not named is the column of its own name. `key` is what a clause's `document` names; without it, `id`.
struct SQLiteMapping: Decodable {
    /// A query, and which of its columns is which field.
    struct Source: Decodable {
        var query: String
        var fields: [String: Columns]?
        var defaults: [String: String]?

        func columns(_ field: String) -> [String] { fields?[field]?.names ?? [field] }
    }

    /// One column's name, or several whose texts follow one another.
    struct Columns: Decodable {
        var names: [String]

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let one = try? container.decode(String.self) {
                names = [one]
            } else {
                names = try container.decode([String].self)
            }
        }
    }

    var database: String
    var documents: Source
    var clauses: Source

    /// Reads a mapping file; `nil` for YAML that describes something else.
    static func read(_ file: URL) throws(RegulationError) -> SQLiteMapping {
        let name = file.lastPathComponent
        do {
            let text = try String(contentsOf: file, encoding: .utf8)
            return try YAMLDecoder().decode(SQLiteMapping.self, from: text)
        } catch is DecodingError {
            throw RegulationError(
                .invalid, "\(name) is no mapping: it needs database, documents.query and clauses.query.")
        } catch {
            throw RegulationError(.unreadable, "\(name) cannot be read.")
        }
    }

    /// Reads all documents and clauses that the queries give.
    func regulations(beside file: URL) throws(RegulationError) -> [ReadDocument] {
        let path = URL(fileURLWithPath: database, relativeTo: file.deletingLastPathComponent()).standardizedFileURL.path
        guard FileManager.default.fileExists(atPath: path) else {
            throw RegulationError(.unreadable, "\(file.lastPathComponent): the database \(database) does not exist.")
        }
        var configuration = GRDB.Configuration()
        configuration.readonly = true
        do {
            return try DatabaseQueue(path: path, configuration: configuration).read { db in
                let (order, byKey) = try readDocuments(db, file: file)
                let documents = try addClauses(db, to: byKey, file: file)
                return order.compactMap { documents[$0] }.filter { !$0.pieces.isEmpty }
            }
        } catch let error as RegulationError {
            throw error
        } catch let error as DatabaseError {
            throw RegulationError(
                .unreadable, "\(file.lastPathComponent): SQLite says \"\(error.message ?? "\(error.resultCode)")\".")
        } catch {
            throw RegulationError(.unreadable, "\(file.lastPathComponent): the database cannot be read.")
        }
    }

    private func readDocuments(_ db: Database, file: URL) throws -> (order: [String], byKey: [String: ReadDocument]) {
        var order: [String] = []
        var byKey: [String: ReadDocument] = [:]
        let rows = try Row.fetchCursor(db, sql: documents.query)
        while let row = try rows.next() {
            var metadata = SourceMetadata()
            for (key, value) in documents.defaults ?? [:] { _ = try metadata.set(key, value) }
            for field in ["id", "title", "language", "status", "effective_from", "effective_until"] {
                if let text = text(of: field, in: row, documents) { _ = try metadata.set(field, text) }
            }
            guard let id = metadata.id else {
                throw RegulationError(.invalid, "\(file.lastPathComponent): a document has no id.")
            }
            let key = text(of: "key", in: row, documents) ?? id
            order.append(key)
            byKey[key] = ReadDocument(metadata: metadata, source: "\(file.path)#\(key)", name: id)
        }
        return (order, byKey)
    }

    private func addClauses(
        _ db: Database, to documents: [String: ReadDocument], file: URL
    ) throws -> [String: ReadDocument] {
        var documents = documents
        var pieces: [String: [ClauseCutter.Piece]] = [:]
        let rows = try Row.fetchCursor(db, sql: clauses.query)
        while let row = try rows.next() {
            guard let key = text(of: "document", in: row, clauses), documents[key] != nil,
                let body = text(of: "text", in: row, clauses)
            else { continue }
            let path = clauses.columns("heading").compactMap { string(row, $0) }
            let number =
                text(of: "number", in: row, clauses) ?? (path.isEmpty ? "preface" : path.joined(separator: " > "))
            pieces[key, default: []].append(.init(number: number, headingPath: path, text: body))
        }
        for (key, list) in pieces {
            documents[key]?.pieces = ClauseCutter.unique(list.flatMap(ClauseCutter.parts))
        }
        return documents
    }

    private func text(of field: String, in row: Row, _ source: Source) -> String? {
        let texts = source.columns(field).compactMap { string(row, $0) }
        return texts.isEmpty ? source.defaults?[field] : texts.joined(separator: " ")
    }

    private func string(_ row: Row, _ column: String) -> String? {
        guard row.hasColumn(column),
            let value = String.fromDatabaseValue(row[column] as DatabaseValue)
                ?? (row[column] as Int64?).map(String.init)
        else { return nil }
        let text = value.trimmed
        return text.isEmpty ? nil : String(text)
    }
}
