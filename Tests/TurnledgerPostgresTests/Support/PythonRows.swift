// Turnledger. SPDX-License-Identifier: Apache-2.0

import Foundation
import TurnledgerStore

@testable import TurnledgerPostgres

/// The rows that Python LangGraph wrote (`runtime-dumps.txt` of the tests of `TurnledgerStore`), by thread, and the calls
/// behind them.
struct PythonRows: Sendable {
    struct Row: Sendable {
        let table: String
        let thread: String
        let json: JSONValue
    }

    private(set) var rows: [Row] = []
    /// By checkpoint: the channels that changed with it.
    private(set) var newVersions: [String: ChannelVersions] = [:]
    /// By checkpoint and task: the channels that it wrote, in order.
    private(set) var writes: [(checkpoint: String, task: String, path: String, namespace: String, channels: [String])] =
        []

    init() throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../TurnledgerStoreTests/Fixtures/runtime-dumps.txt").standardizedFileURL
        var thread = ""
        for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") {
            if let name = line.firstMatch(of: #/^#{8} .*\(thread ([A-Z])\)/#) { thread = String(name.1) }
            guard let start = line.firstIndex(of: "{"), let json = try? JSONValue.parse(Array(line[start...].utf8))
            else {
                continue
            }
            if let table = line.firstMatch(of: #/^\[([a-z_]+)\]/#) {
                rows.append(Row(table: String(table.1), thread: thread, json: json))
            } else if line.hasPrefix("  CALL put {") {
                newVersions[json["id"]?.string ?? ""] = (json["new_versions"]?.object ?? [:]).members.reduce(into: [:])
                {
                    $0[$1.key] = $1.value.string.map { ChannelVersion($0) }
                }
            } else if line.hasPrefix("  CALL put_writes {") {
                let text = { (key: String) in json[key]?.string ?? "" }
                let channels = json["writes"]?.array?.compactMap { $0.array?.first?.string } ?? []
                writes.append((text("cid"), text("task_id"), text("task_path"), text("ns"), channels))
            }
        }
    }

    /// Puts the rows into a schema as they are, as Python's own statements would have.
    func insert(into schema: StoreSchema) async throws {
        let statements = [
            "checkpoints": """
            INSERT INTO checkpoints SELECT $1, r.checkpoint_ns, r.checkpoint_id, r.parent_checkpoint_id, NULL, r.checkpoint,
                r.metadata
            FROM jsonb_to_record($2::jsonb) AS r (checkpoint_ns text, checkpoint_id text, parent_checkpoint_id text,
                checkpoint jsonb, metadata jsonb)
            ON CONFLICT (thread_id, checkpoint_ns, checkpoint_id) DO UPDATE SET checkpoint = EXCLUDED.checkpoint
            """,
            "checkpoint_blobs": """
            INSERT INTO checkpoint_blobs SELECT $1, r.checkpoint_ns, r.channel, r.version, r.type, decode(r.blob_hex, 'hex')
            FROM jsonb_to_record($2::jsonb) AS r (checkpoint_ns text, channel text, version text, type text, blob_hex text)
            """,
            "checkpoint_writes": """
            INSERT INTO checkpoint_writes SELECT $1, r.checkpoint_ns, r.checkpoint_id, r.task_id, r.idx, r.channel, r.type,
                decode(r.blob_hex, 'hex'), r.task_path
            FROM jsonb_to_record($2::jsonb) AS r (checkpoint_ns text, checkpoint_id text, task_id text, idx int,
                channel text, type text, blob_hex text, task_path text)
            """,
        ]
        try await LivePostgres.withClient { client in
            _ = try await client.execute(
                [.text("SELECT set_config('search_path', $1, true)", .text(schema.name))]
                    + rows.compactMap { row in
                        statements[row.table].map { .text($0, .text(row.thread), .utf8(row.json.serialized())) }
                    })
        }
    }
}
