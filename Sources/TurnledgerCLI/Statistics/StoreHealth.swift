// Turnledger. SPDX-License-Identifier: Apache-2.0

import Foundation
import TurnledgerStore

#if PostgreSQL
    import TurnledgerPostgres
#endif

/// How a store is: how fast it answers, how large its tables are, what troubles it.
///
/// JSON: `{"name", "milliseconds", "tables": [{"table", "bytes", "rows"?}], "findings": […]}`.
struct StoreHealth: Sendable {
    struct Table: Sendable {
        var name: String
        var bytes: Int64
        /// An estimate of the database's.
        var rows: Int64?
    }

    let name: String
    /// Of a look-up of one thread, the middle one of five; `nil`: it did not answer.
    let answer: Duration?
    let tables: [Table]
    /// What is not as it should be.
    let findings: [Finding]

    init(_ store: any ConversationStore, at location: StoreLocation, values: ConfigurationValues) async {
        name = "\(location)"
        var durations: [Duration] = []
        for _ in 0..<5 {
            let start = ContinuousClock.now
            do {
                // A thread that need not be there.
                _ = try await store.thread("turnledger-health")
                durations.append(.now - start)
            } catch { break }
        }
        answer = durations.count == 5 ? durations.sorted()[2] : nil
        tables = await Self.tables(of: store, at: location)
        findings = await Doctor(values: values).essentials(of: store, at: location).filter { $0.status != .ok }
    }

    static func tables(of store: any ConversationStore, at location: StoreLocation) async -> [Table] {
        switch location {
        case .memory, .redis, .mirror: return []
        case .sqlite(let path):
            let bytes = ["", "-wal"].reduce(Int64(0)) { sum, suffix in
                let attributes = try? FileManager.default.attributesOfItem(atPath: path + suffix)
                return sum + ((attributes?[.size] as? NSNumber)?.int64Value ?? 0)
            }
            return [Table(name: "database", bytes: bytes)]
        case .postgresql:
            #if PostgreSQL
                guard let store = store as? PostgresStore, let sizes = try? await store.tableSizes() else { return [] }
                return sizes.map { Table(name: $0.table, bytes: $0.bytes, rows: max(0, $0.rows)) }
            #else
                return []
            #endif
        }
    }

    var text: String {
        var lines = ["\(name) " + (answer.map { "answers in \($0.readable)." } ?? "does not answer.")]
        let size = tables.reduce(0) { $0 + $1.bytes }
        if !tables.isEmpty { lines.append("It has \(Self.size(size)).") }
        for table in tables.sorted(by: { $0.bytes > $1.bytes }).prefix(8) where tables.count > 1 {
            lines.append("  \(table.name): \(Self.size(table.bytes))" + (table.rows.map { ", about \($0) rows" } ?? ""))
        }
        lines += findings.map(\.line)
        return lines.joined(separator: "\n") + "\n"
    }

    var json: JSONValue {
        let tables = tables.map { table in
            var json: JSONObject = ["table": .string(table.name), "bytes": .integer(table.bytes)]
            if let rows = table.rows { json["rows"] = .integer(rows) }
            return JSONValue.object(json)
        }
        return [
            "name": .string(name),
            "milliseconds": answer.map { JSONValue.double(Double($0.nanoseconds) / 1e6) } ?? .null,
            "tables": .array(tables), "findings": .array(findings.map(\.json)),
        ]
    }

    private static func size(_ bytes: Int64) -> String {
        bytes < 10_000_000 ? "\(bytes / 1000) kB" : "\(bytes / 1_000_000) MB"
    }
}
