// Turnledger. SPDX-License-Identifier: Apache-2.0

internal import Foundation
internal import GRDB
internal import TurnledgerStore

extension Database {
    /// Executes one statement, prepared once per connection.
    func run(_ sql: String, _ arguments: StatementArguments = []) throws {
        try cachedStatement(sql: sql).execute(arguments: arguments)
    }

    func row(_ sql: String, _ arguments: StatementArguments = []) throws -> Row? {
        try Row.fetchOne(try cachedStatement(sql: sql), arguments: arguments)
    }

    func rows(_ sql: String, _ arguments: StatementArguments = []) throws -> [Row] {
        try Row.fetchAll(try cachedStatement(sql: sql), arguments: arguments)
    }
}

extension Row {
    /// Reads a column; a value of another type is an error, never a crash: other programs write the file too.
    func value<Value: DatabaseValueConvertible>(_ column: String, as type: Value.Type = Value.self) throws -> Value {
        guard let value = Value.fromDatabaseValue(databaseValue(column)) else {
            throw StoreError(.undecodable, "Column \(column) holds no \(type).")
        }
        return value
    }

    func optional<Value: DatabaseValueConvertible>(
        _ column: String, as type: Value.Type = Value.self
    ) throws -> Value? {
        databaseValue(column).isNull ? nil : try value(column)
    }

    func bytes(_ column: String) throws -> [UInt8] {
        [UInt8](try value(column, as: Data.self))
    }

    private func databaseValue(_ column: String) -> DatabaseValue { self[column] }
}
