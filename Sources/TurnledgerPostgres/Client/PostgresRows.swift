// Turnledger. SPDX-License-Identifier: Apache-2.0

internal import CLibpq

/// The rows that one query returned, in PostgreSQL's binary format.
///
/// Rows keep the driver's memory until the last of them is let go; they are read on any OS thread, away from the
/// connection's own.
package struct PostgresRows: Sendable {
    /// - Warning: A `PGresult` is only read after it was made, and cleared once, in `deinit`.
    final class Storage: @unchecked Sendable {
        let result: OpaquePointer

        init(_ result: OpaquePointer) { self.result = result }

        deinit { PQclear(result) }
    }

    let storage: Storage

    /// How many rows came back.
    package var count: Int { Int(PQntuples(storage.result)) }
    package var isEmpty: Bool { count == 0 }
    package var columns: Int { Int(PQnfields(storage.result)) }
    /// How many rows an `INSERT`, `UPDATE` or `DELETE` touched; of a `SELECT`, how many came back.
    package var affected: Int { PQcmdTuples(storage.result).flatMap { Int(String(cString: $0)) } ?? 0 }

    package var first: PostgresRow? { isEmpty ? nil : self[0] }
    package var all: [PostgresRow] { (0..<count).map { self[$0] } }

    package subscript(_ row: Int) -> PostgresRow { PostgresRow(storage: storage, row: Int32(row)) }
}

/// One row. Columns count from 0.
package struct PostgresRow: Sendable {
    let storage: PostgresRows.Storage
    let row: Int32

    package func isNull(_ column: Int) -> Bool { PQgetisnull(storage.result, row, Int32(column)) != 0 }

    /// The column as the server sent it; `nil` for NULL. Valid within `body` alone.
    package func withBytes<Value>(_ column: Int, _ body: (UnsafeRawBufferPointer) throws -> Value) rethrows -> Value? {
        guard !isNull(column), let start = PQgetvalue(storage.result, row, Int32(column)) else { return nil }
        let count = Int(PQgetlength(storage.result, row, Int32(column)))
        return try body(UnsafeRawBufferPointer(start: start, count: count))
    }

    /// A `bytea`.
    package func bytes(_ column: Int) throws(PostgresError) -> [UInt8] {
        try require(withBytes(column) { [UInt8]($0) }, column)
    }

    package func optionalBytes(_ column: Int) -> [UInt8]? { withBytes(column) { [UInt8]($0) } }

    /// A `text` or `varchar`, or a `json`.
    package func text(_ column: Int) throws(PostgresError) -> String {
        try require(optionalText(column), column)
    }

    package func optionalText(_ column: Int) -> String? {
        withBytes(column) { String(decoding: $0, as: UTF8.self) }
    }

    /// The text of a `jsonb`: binary `jsonb` is a version byte (1) and text.
    package func jsonb(_ column: Int) throws(PostgresError) -> [UInt8] {
        let bytes = try require(withBytes(column) { $0.first == 1 ? [UInt8]($0.dropFirst()) : nil } ?? nil, column)
        return bytes
    }

    /// An integer of two, four or eight bytes.
    package func integer(_ column: Int) throws(PostgresError) -> Int64 {
        try require(optionalInteger(column), column)
    }

    package func optionalInteger(_ column: Int) -> Int64? {
        withBytes(column) { bytes -> Int64? in
            switch bytes.count {
            case 2: Int64(Int16(bitPattern: UInt16(bytes.reduce(0) { $0 << 8 | UInt64($1) })))
            case 4: Int64(Int32(bitPattern: UInt32(bytes.reduce(0) { $0 << 8 | UInt64($1) })))
            case 8: Int64(bitPattern: bytes.reduce(0) { $0 << 8 | UInt64($1) })
            default: nil
            }
        } ?? nil
    }

    package func boolean(_ column: Int) throws(PostgresError) -> Bool {
        try require(withBytes(column) { $0.count == 1 ? $0[0] != 0 : nil } ?? nil, column)
    }

    private func require<Value>(_ value: Value?, _ column: Int) throws(PostgresError) -> Value {
        guard let value else {
            let name = PQfname(storage.result, Int32(column)).map { String(cString: $0) } ?? "\(column)"
            throw PostgresError(.misuse, "Column \(name) is NULL or of another type than was asked for.")
        }
        return value
    }
}
