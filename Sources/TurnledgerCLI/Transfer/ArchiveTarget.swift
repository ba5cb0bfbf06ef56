// Turnledger. SPDX-License-Identifier: Apache-2.0

import Foundation
import TurnledgerEncryption
import TurnledgerOperations
import TurnledgerSQLite
import TurnledgerStore
import TurnledgerTransfer

/// An archive folder to which threads are moved: a store beside it takes them in, and is written out and emptied at the
/// end. What a kill leaves in that store is written out by the next call.
struct ArchiveTarget {
    /// How many threads one file of the archive has.
    private static let batchSize = 500

    let folder: String
    /// Where its threads are read to when they are compared.
    private let comparison = FileManager.default.temporaryDirectory
        .appending(path: "turnledger-archive-\(UniqueID.random())").path

    init(folder: String) { self.folder = folder }

    private var staging: String { folder + "/.transfer.sqlite" }

    func open(isForComparison: Bool) async throws -> SQLiteStore {
        let manager = FileManager.default
        try manager.createDirectory(atPath: folder, withIntermediateDirectories: true)
        guard isForComparison else {
            let store = try SQLiteStore(path: staging, cipher: AESEAXCipher.ofEnvironment)
            try await store.setUp()
            try await writeOut(store)
            return store
        }
        do {
            return try await readForComparison()
        } catch {
            endComparison()
            throw error
        }
    }

    /// Reads the archive as any other source, into a store that goes with `endComparison`.
    private func readForComparison() async throws -> SQLiteStore {
        try FileManager.default.createDirectory(atPath: comparison, withIntermediateDirectories: true)
        let store = try SQLiteStore(path: comparison + "/store.sqlite", cipher: AESEAXCipher.ofEnvironment)
        try await store.setUp()
        let journal = try SQLiteTransferJournal(
            path: comparison + "/journal.sqlite", source: folder, target: comparison)
        let source = ArchiveSource(ArchiveFolder(path: folder), cipher: try AESEAXCipher.ofEnvironment)
        try await Transfer(from: source, to: store, journal: journal).copy()
        journal.close()
        return store
    }

    /// Removes what a comparison made. The store must not be used any more: it opens connections when it needs them.
    func endComparison() { try? FileManager.default.removeItem(atPath: comparison) }

    /// Writes the store's threads into files of the archive, and empties it.
    func writeOut(_ store: SQLiteStore) async throws {
        let folder = ArchiveFolder(path: folder)
        while true {
            let facts = try await store.threadFacts(behind: nil, limit: Self.batchSize, measuring: false)
            guard !facts.isEmpty else { return }
            _ = try await folder.write(facts.map(\.thread), from: store)
            for fact in facts {
                try await store.delete(fact.thread)
                try await store.setRetention(ThreadRetention(), of: fact.thread, at: SystemWallClock().now())
            }
        }
    }

    /// Ends a copy.
    func finish(_ store: any ConversationStore) async throws {
        guard let store = store as? SQLiteStore else { return }
        try await writeOut(store)
        try store.close()
        for end in ["", "-wal", "-shm", "-holders"] { try? FileManager.default.removeItem(atPath: staging + end) }
    }
}
