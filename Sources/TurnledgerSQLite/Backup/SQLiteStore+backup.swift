// Turnledger. SPDX-License-Identifier: Apache-2.0

internal import Crypto
internal import Foundation
internal import GRDB
public import TurnledgerStore

extension SQLiteStore: BackupStore {
    public func digest() async throws(StoreError) -> StoreDigest {
        try await read { database in try database.digest() }
    }

    /// SQLite's own backup, out of one snapshot of the file.
    public func dump(to path: String) async throws(StoreError) -> StoreDigest {
        guard !FileManager.default.fileExists(atPath: path) else {
            throw StoreError(.invalid, "The file \(path) exists already.")
        }
        return try await read { database in
            let copy = try DatabaseQueue(path: path)
            try copy.writeWithoutTransaction { target in try database.backup(to: target) }
            try copy.close()
            return try database.digest()
        }
    }

    /// In a folder of its own beneath `scratch`, or beneath the folder of temporary files.
    public func withRestored<Value: Sendable>(
        _ dump: String, scratch: String?, _ body: @Sendable (any BackupStore) async throws -> Value
    ) async throws -> Value {
        let parent = scratch ?? FileManager.default.temporaryDirectory.path
        let folder = parent + "/turnledger-verify-" + UniqueID.random()
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = folder + "/restored.sqlite"
        try FileManager.default.copyItem(atPath: dump, toPath: path)
        let store = try SQLiteStore(path: path, cipher: cipher)
        do {
            let value = try await body(store)
            try store.close()
            return value
        } catch {
            try? store.close()
            throw error
        }
    }
}

extension Database {
    /// Of the snapshot that is open.
    fileprivate func digest() throws -> StoreDigest {
        var digest = StoreDigest()
        for table in ArchiveStatements.tables {
            digest.rows[table] = try row(ArchiveStatements.count(of: table))?.value("count", as: Int.self) ?? 0
        }
        var last = ""
        while true {
            let page = try rows(RetentionStatements.page, [last, 500])
            for row in page {
                last = try row.value("thread_id")
                var hash = SHA256()
                for found in try threadRows(of: ThreadID(last)) {
                    hash.update(data: Array("\(found.table)\(found.json)\n".utf8))
                }
                digest.threads[ThreadID(last)] = hash.hexadecimal()
            }
            if page.count < 500 { return digest }
        }
    }
}
