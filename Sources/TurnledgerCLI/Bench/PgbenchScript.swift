// Turnledger. SPDX-License-Identifier: Apache-2.0

#if PostgreSQL
    import Foundation
    import TurnledgerPostgres
    import TurnledgerStore

    /// What a load's calls send to PostgreSQL, as a script for pgbench.
    ///
    /// Values are variables, which pgbench binds with `-M prepared` as Turnledger does, but as text: it has no other way.
    struct PgbenchScript {
        /// The script of one transaction.
        private(set) var text: String
        /// Variables and their values, for `-D`.
        private(set) var variables = JSONObject()

        /// Stands in the statements for what differs from call to call, and what pgbench has in its place.
        private static let places = [
            "pgbench-thread": ":thread", "pgbench-checkpoint": ":unique", "pgbench-version": ":unique",
        ]
        private static let thread = ThreadID("pgbench-thread")

        private let operation: StoreLoad.Operation

        init(_ load: StoreLoad) throws {
            guard let store = load.store as? PostgresStore else {
                throw CommandFailure(description: "--pgbench needs a store in PostgreSQL.")
            }
            operation = load.operation
            let id = CheckpointID("pgbench-checkpoint")
            let version = ChannelVersion("pgbench-version")
            let queries: [PostgresQuery]
            var readsAnyThread = false
            switch load.operation {
            case .put:
                let new = load.checkpoint(of: Self.thread, id: id, version: version)
                queries = try store.queries(storing: Commit(checkpoints: [new]), fence: nil)
            case .putWrites:
                queries = try store.queries(
                    storing: Commit(writes: [load.writes(of: Self.thread, id: id)]), fence: nil)
            case .latest:
                queries = store.queries(readingHeadOf: Self.thread)
                readsAnyThread = true
            case .list:
                queries = store.queries(listing: CheckpointQuery(thread: Self.thread, limit: 10))
                readsAnyThread = true
            case .superstep:
                queries = try store.queries(
                    storing: load.superstep(of: Self.thread, id: id, version: version), fence: Fence(epoch: 1))
            }
            text =
                readsAnyThread
                ? "\\set thread random(\(StoreLoad.writers), \(load.threads - 1))\n"
                : "\\set thread :client_id\n\\set unique random(1, 1000000000000000)\n"
            let statements = queries.map { statement($0) }
            text += (["\\startpipeline"] + statements + ["\\endpipeline", ""]).joined(separator: "\n")
        }

        func write(to folder: String) throws {
            let folder = URL(filePath: folder)
            try Data(text.utf8).write(to: folder.appending(path: operation.rawValue + ".sql"))
            try Data(JSONValue.object(variables).text.utf8)
                .write(to: folder.appending(path: operation.rawValue + ".json"))
        }

        private mutating func statement(_ query: PostgresQuery) -> String {
            var sql = query.statement.sql
            for (index, value) in query.values.enumerated().reversed() {
                sql = sql.replacing("$\(index + 1)", with: place(of: value))
            }
            return sql + ";"
        }

        private mutating func place(of value: PostgresValue) -> String {
            switch value {
            case .null: "NULL"
            case .text(let text): Self.places[text] ?? variable(text)
            case .utf8(let bytes): variable(String(decoding: bytes, as: UTF8.self))
            case .bytes(let bytes): variable("\\x" + hexadecimal(bytes))
            case .integer(let integer): variable(String(integer))
            case .boolean(let boolean): variable(boolean ? "t" : "f")
            case .integers(let integers): variable("{" + integers.map(String.init).joined(separator: ",") + "}")
            case .byteStrings(let strings):
                variable("{" + strings.map { "\"\\\\x" + hexadecimal($0) + "\"" }.joined(separator: ",") + "}")
            case .texts(let texts):
                if texts.contains(where: { Self.places[$0] != nil }) {
                    "ARRAY[" + texts.map { Self.places[$0] ?? variable($0) }.joined(separator: ", ") + "]"
                } else {
                    variable("{" + texts.map(Self.quoted).joined(separator: ",") + "}")
                }
            }
        }

        private mutating func variable(_ value: String) -> String {
            // `-D` takes no empty value.
            if value.isEmpty { return "''" }
            let name = "v\(variables.count)"
            variables[name] = .string(value)
            return ":" + name
        }

        private static func quoted(_ text: String) -> String {
            "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
        }

        private func hexadecimal(_ bytes: [UInt8]) -> String {
            bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
        }
    }
#endif
