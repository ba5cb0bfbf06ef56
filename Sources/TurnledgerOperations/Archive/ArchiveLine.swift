// Turnledger. SPDX-License-Identifier: Apache-2.0

internal import TurnledgerStore

/// A line of an archive file: `{"thread":…,"table":…,"row":{…}}`, the row as the store wrote it.
enum ArchiveLine {
    /// Stands in no JSON text of a thread or a table: quotation marks within text have a backslash.
    private static let separator = ",\"row\":"

    static func bytes(_ row: ThreadRows.Row, of thread: ThreadID) -> [UInt8] {
        let head = "{\"thread\":\(JSONValue.string(thread.rawValue).text),\"table\":\(JSONValue.string(row.table).text)"
        return Array("\(head)\(separator)\(row.json)}\n".utf8)
    }

    /// - Parameter line: Without its line feed.
    static func read(_ line: [UInt8]) throws -> (thread: ThreadID, row: ThreadRows.Row) {
        guard let text = String(validating: line, as: UTF8.self), let range = text.firstRange(of: separator),
            text.hasSuffix("}"),
            let head = try? JSONValue.parse(Array((text[..<range.lowerBound] + "}").utf8)),
            let thread = head["thread"]?.string, let table = head["table"]?.string
        else { throw OperationError("The archive has a line that is no row of a thread.") }
        return (ThreadID(thread), .init(table: table, json: String(text[range.upperBound...].dropLast())))
    }

    /// The owner, where the row is that of a thread's record.
    static func owner(in row: ThreadRows.Row) -> String? {
        guard row.table == "turnledger_threads" else { return nil }
        return (try? JSONValue.parse(Array(row.json.utf8)))?["owner"]?.string
    }
}
