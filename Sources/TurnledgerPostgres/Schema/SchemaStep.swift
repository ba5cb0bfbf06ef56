// Turnledger. SPDX-License-Identifier: Apache-2.0

internal import TurnledgerStore

/// One step towards the schema that this version needs: what `turnledger schema plan` lists.
public struct SchemaStep: Hashable, Sendable {
    /// `langgraph-6`, or the ID of a migration of Turnledger's.
    public let id: String
    /// What it does, in a few words.
    public let purpose: String
    /// In order; each is a whole statement without its semicolon. The last writes down that the step was taken.
    public let statements: [String]
    /// Whether it builds an index beside readers and writers, and so stands in no transaction.
    public let isConcurrent: Bool

    /// The step as a script for `psql`.
    public var script: String {
        let body = statements.map { $0 + ";" }.joined(separator: "\n")
        return "-- \(id): \(purpose)\n" + (isConcurrent ? body : "BEGIN;\n\(body)\nCOMMIT;")
    }

    /// For tables that nobody uses yet: an index is built at once, within the transaction that makes the table.
    var forNewTables: [String] { statements.map { $0.replacing(" CONCURRENTLY", with: "") } }
}

/// A change of Turnledger's own tables: append-only, never edited once released.
package struct SchemaMigration: Sendable {
    /// Four digits and a name; the order of `all` is the order of application.
    package let id: String
    let purpose: String
    let isConcurrent: Bool
    let sql: @Sendable (TableNames) -> [String]

    init(
        id: String, purpose: String, isConcurrent: Bool = false, sql: @escaping @Sendable (TableNames) -> [String]
    ) {
        self.id = id
        self.purpose = purpose
        self.isConcurrent = isConcurrent
        self.sql = sql
    }

    /// Every migration, oldest first.
    package static let all: [SchemaMigration] = [
        conversations, clauses, checkpointsNewestFirst, checkpointsByMetadata, stops, stopsIndex, turnJournal,
        retention, audit, statistics, mirror,
    ]

    /// Tells whether the migration that a database had is the one that this version knows: XXH3 of the SQL without a
    /// schema's name.
    package var checksum: String { XXH3.hexadecimal(of: Array(sql(.unqualified).joined(separator: ";").utf8)) }

    func step(_ tables: TableNames, position: Int) -> SchemaStep {
        SchemaStep(
            id: id, purpose: purpose,
            statements: sql(tables) + [
                """
                INSERT INTO \(tables.migrations) (position, id, checksum)
                VALUES (\(position), '\(id)', '\(checksum)')
                """
            ], isConcurrent: isConcurrent)
    }
}
