// Turnledger. SPDX-License-Identifier: Apache-2.0

internal import Foundation
public import TurnledgerStore

/// What an archive file holds; lies beside it as `NAME.manifest.json`.
///
/// `{"format": "turnledger.archive", "version": 1, "rows": "postgresql" | "sqlite", "file", "sha256", "bytes",
/// "createdAt", "threads": [{"id", "owner"?, "rows", "sha256"}], "checksum"}`. The file's hash is that of its compressed
/// bytes, a thread's that of its lines with their line feeds, `checksum` that of the manifest without it.
public struct ArchiveManifest: Hashable, Sendable {
    /// A thread in an archive file.
    public struct Entry: Hashable, Sendable {
        public var thread: ThreadID
        /// `nil`: only other programs wrote it.
        public var owner: String?
        public var rows: Int
        public var sha256: String
    }

    /// Of the file beside it, without its folder: `NAME.jsonl.gz`.
    public var file: String
    /// The store's `rowFormat`.
    public var rowFormat: String
    public var createdAt: String
    public var sha256: String
    public var bytes: Int
    public var threads: [Entry]

    static let suffix = ".manifest.json"
    static let fileSuffix = ".jsonl.gz"

    /// The name of the manifest of a file.
    var name: String { String(file.dropLast(Self.fileSuffix.count)) + Self.suffix }

    var json: JSONObject {
        [
            "format": "turnledger.archive", "version": 1, "rows": .string(rowFormat), "file": .string(file),
            "sha256": .string(sha256), "bytes": .integer(Int64(bytes)), "createdAt": .string(createdAt),
            "threads": .array(
                threads.map { entry in
                    var json: JSONObject = ["id": .string(entry.thread.rawValue)]
                    if let owner = entry.owner { json["owner"] = .string(owner) }
                    json["rows"] = .integer(Int64(entry.rows))
                    json["sha256"] = .string(entry.sha256)
                    return .object(json)
                }),
        ]
    }

    /// - Throws: `OperationError` for one that was changed, or is of a later version.
    init(path: String) throws {
        let json = try SignedJSON.read(path)
        guard json["format"]?.string == "turnledger.archive", json["version"]?.integer == 1,
            let file = json["file"]?.string, file.hasSuffix(Self.fileSuffix), !file.contains("/"),
            let rowFormat = json["rows"]?.string, let sha256 = json["sha256"]?.string,
            let bytes = json["bytes"]?.integer, let createdAt = json["createdAt"]?.string,
            let threads = json["threads"]?.array
        else { throw OperationError("\(path) is no manifest of an archive, or one of a later version.") }
        self.init(
            file: file, rowFormat: rowFormat, createdAt: createdAt, sha256: sha256, bytes: Int(bytes), threads: [])
        for entry in threads {
            guard let id = entry["id"]?.string, let rows = entry["rows"]?.integer, let hash = entry["sha256"]?.string
            else { throw OperationError("\(path) lacks a part of a thread's entry.") }
            self.threads.append(
                Entry(thread: ThreadID(id), owner: entry["owner"]?.string, rows: Int(rows), sha256: hash))
        }
    }

    init(file: String, rowFormat: String, createdAt: String, sha256: String, bytes: Int, threads: [Entry]) {
        self.file = file
        self.rowFormat = rowFormat
        self.createdAt = createdAt
        self.sha256 = sha256
        self.bytes = bytes
        self.threads = threads
    }
}
