// Turnledger. SPDX-License-Identifier: Apache-2.0

import Foundation
import TurnledgerStore

/// The rows that Python wrote for the threads A to L of reference/langgraph-postgres.md, section 4:
/// `Tests/TurnledgerStoreTests/Fixtures/runtime-dumps.txt`.
enum RuntimeDumpRows {
    /// The rows of threads that are one in the store, in the form of `InteropRows`: those below their headings.
    static func rows(of threads: [String]) throws -> [JSONValue] {
        let lines = try sections().filter { threads.contains($0.thread) }.flatMap(\.lines)
        var blobs: [String: JSONValue] = [:]
        var writes: [String: [String: JSONValue]] = [:]
        var checkpoints: [String: JSONValue] = [:]
        for (table, row) in lines {
            let text = { (key: String) in row[key]?.string ?? "" }
            let payload: JSONObject = ["type": row["type"] ?? .null, "hex": row["blob_hex"] ?? .null]
            let place = text("checkpoint_ns") + "|" + text("checkpoint_id")
            switch table {
            case "checkpoints": checkpoints[place] = row
            case "checkpoint_blobs":
                blobs[text("checkpoint_ns") + "|" + text("channel") + "|" + text("version")] = .object(payload)
            default:
                var write = payload
                write["task"] = row["task_id"]
                write["path"] = row["task_path"]
                write["index"] = row["idx"]
                write["channel"] = row["channel"]
                writes[place, default: [:]][text("task_id") + "|\(row["idx"]?.integer ?? 0)"] = .object(write)
            }
        }
        return checkpoints.sorted { $0.key < $1.key }.map { place, row in
            let document = row["checkpoint"] ?? .null
            let space = row["checkpoint_ns"]?.string ?? ""
            var values: JSONObject = [:]
            for member in document["channel_values"]?.object ?? [:] {
                let value = Payload(member.value.payloadValue)
                values[member.key] = ["type": .string(value.type), "hex": .string(InteropRows.hex(value.bytes))]
            }
            for member in document["channel_versions"]?.object ?? [:] {
                if let blob = blobs[space + "|" + member.key + "|" + (member.value.string ?? "")] {
                    values[member.key] = blob
                }
            }
            let sorted = (writes[place] ?? [:]).values.sorted { order($0) < order($1) }
            return [
                "namespace": .string(space), "id": row["checkpoint_id"]!,
                "parent": row["parent_checkpoint_id"] ?? .null, "ts": document["ts"] ?? .null,
                "versions": document["channel_versions"] ?? .null, "seen": document["versions_seen"] ?? .null,
                "updated": document["updated_channels"] ?? .null, "metadata": row["metadata"] ?? .null,
                "values": .object(values), "writes": .array(sorted),
            ]
        }
    }

    private static func order(_ write: JSONValue) -> String {
        let index = String(500 + (write["index"]?.integer ?? 0))
        return (write["path"]?.string ?? "") + "|" + (write["task"]?.string ?? "") + "|" + index
    }

    private typealias Section = (thread: String, lines: [(table: String, row: JSONValue)])

    /// Each heading's rows; the calls before it made them.
    private static func sections() throws -> [Section] {
        let file = InteropCase.folder.deletingLastPathComponent()
            .appending(path: "TurnledgerStoreTests/Fixtures/runtime-dumps.txt")
        var sections: [Section] = []
        for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") {
            if line.hasPrefix("########"), let name = line.firstMatch(of: /\(thread ([A-L])\)/) {
                // The branch from C's first checkpoint is the thread L of the reference.
                sections.append((line.contains("fork") ? "L" : String(name.1), []))
            } else if let row = line.firstMatch(of: /^\[(checkpoint[a-z_]*)\] (\{.*)$/) {
                sections[sections.count - 1].lines.append((String(row.1), try JSONValue.parse(String(row.2))))
            }
        }
        return sections
    }
}
