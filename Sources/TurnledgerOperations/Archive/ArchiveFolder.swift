// Turnledger. SPDX-License-Identifier: Apache-2.0

internal import Crypto
internal import Foundation
public import TurnledgerStore

/// A folder of archive files: threads that retention took out of a store, or is about to.
///
/// Each file is JSON Lines under gzip, with a manifest beside it that is written last: a file without one is not part of
/// the archive, and what a crash leaves of it harms nothing.
public struct ArchiveFolder: Sendable {
    public let path: String
    private let clock: any WallClock

    public init(path: String, clock: any WallClock = SystemWallClock()) {
        self.path = path
        self.clock = clock
    }

    // MARK: Writing

    /// Writes threads into one new file and returns its manifest once both are on the disk; `nil`: none has a row.
    ///
    /// A thread that cannot be read is left out.
    public func write(_ threads: [ThreadID], from store: any ArchivingStore) async throws -> ArchiveManifest? {
        try Files.makeFolder(path)
        let now = clock.now()
        let name = "turnledger-\(Self.stamp(now))-\(UniqueID.random().prefix(8))" + ArchiveManifest.fileSuffix
        var manifest = ArchiveManifest(
            file: name, rowFormat: store.rowFormat, createdAt: now.rfc3339, sha256: "", bytes: 0, threads: [])
        let temporary = place(name) + ".part"
        defer { try? Files.remove(temporary) }
        let writer = try GzipWriter(path: temporary)
        do {
            for thread in threads {
                guard let found = try await Self.rows(of: thread, in: store) else { continue }
                var hash = SHA256()
                for row in found.rows {
                    let line = ArchiveLine.bytes(row, of: thread)
                    hash.update(data: line)
                    try writer.write(line)
                }
                manifest.threads.append(
                    .init(
                        thread: thread, owner: found.rows.lazy.compactMap(ArchiveLine.owner).first,
                        rows: found.rows.count, sha256: hash.hexadecimal()))
            }
        } catch {
            try? writer.close()
            throw error
        }
        try writer.close()
        guard !manifest.threads.isEmpty else { return nil }
        try settle(&manifest, temporary)
        return manifest
    }

    private func settle(_ manifest: inout ArchiveManifest, _ temporary: String) throws {
        (manifest.sha256, manifest.bytes) = try Files.checksum(of: temporary)
        try Files.settle(temporary, as: place(manifest.file))
        try Files.write(Array(SignedJSON.text(manifest.json).utf8), to: place(manifest.name))
    }

    // MARK: Reading

    /// All manifests, the oldest first.
    ///
    /// - Throws: `OperationError` for one that was changed.
    public func manifests() throws -> [ArchiveManifest] {
        try Files.names(in: path, ending: ArchiveManifest.suffix).map { try ArchiveManifest(path: place($0)) }
    }

    /// Reads all files and compares every checksum. - Returns: What is wrong, a sentence each; empty: nothing.
    public func faults() async -> [String] {
        var faults: [String] = []
        let names = Files.names(in: path, ending: ArchiveManifest.suffix)
        for name in names {
            do {
                let manifest = try ArchiveManifest(path: place(name))
                try await read(manifest) { _ in }
            } catch {
                faults.append("\(error)")
            }
        }
        return faults
    }

    /// Reads a file's threads in the order in which they were written, each once its checksum has proved right.
    ///
    /// - Throws: `OperationError` for a file or a thread that was changed, and whatever `body` throws.
    public func read(
        _ manifest: ArchiveManifest, _ body: (ThreadRows) async throws -> Void
    ) async throws {
        let file = place(manifest.file)
        guard try Files.checksum(of: file) == (manifest.sha256, manifest.bytes) else {
            throw OperationError("\(file) was changed or is damaged: its checksum is not that of its manifest.")
        }
        let reader = try GzipReader(path: file)
        for entry in manifest.threads {
            var hash = SHA256()
            var rows = ThreadRows(thread: entry.thread, rows: [])
            for _ in 0..<entry.rows {
                guard let line = try reader.line() else {
                    throw OperationError("\(file) ends within thread \(entry.thread).")
                }
                hash.update(data: line + [10])
                let (thread, row) = try ArchiveLine.read(line)
                guard thread == entry.thread else {
                    throw OperationError("\(file) has a row of \(thread) within thread \(entry.thread).")
                }
                rows.rows.append(row)
            }
            guard hash.hexadecimal() == entry.sha256 else {
                throw OperationError("Thread \(entry.thread) in \(file) was changed: its checksum is wrong.")
            }
            try await body(rows)
        }
        guard try reader.line() == nil else { throw OperationError("\(file) has rows that its manifest lacks.") }
    }

    // MARK: Restoring

    /// Writes threads back into a store: one, or all; of one that was archived more than once the newest.
    ///
    /// A restored thread is pinned: retention would take it again at its next sweep.
    /// - Returns: Which came back, and which were in the store already.
    public func restore(
        _ wanted: ThreadID? = nil, into store: any ArchivingStore
    ) async throws -> (restored: [ThreadID], present: [ThreadID]) {
        var restored: [ThreadID] = []
        var present: [ThreadID] = []
        var done: Set<ThreadID> = []
        for manifest in try manifests().reversed() {
            guard manifest.threads.contains(where: { wanted ?? $0.thread == $0.thread && !done.contains($0.thread) })
            else { continue }
            guard manifest.rowFormat == store.rowFormat else {
                throw OperationError(
                    "\(manifest.file) holds rows of a store of kind \(manifest.rowFormat), and this one is of kind "
                        + "\(store.rowFormat).")
            }
            try await read(manifest) { rows in
                guard wanted ?? rows.thread == rows.thread, done.insert(rows.thread).inserted else { return }
                guard try await Self.restore(rows, into: store) else {
                    present.append(rows.thread)
                    return
                }
                var retention = try await store.retention(of: rows.thread)
                retention.isPinned = true
                try await store.setRetention(retention, of: rows.thread, at: clock.now())
                restored.append(rows.thread)
            }
        }
        return (restored, present)
    }

    // MARK: Erasing

    /// Takes an owner's threads out of all files: each file that has one is written anew without it, or goes.
    ///
    /// - Parameters:
    ///   - owner: Whose.
    ///   - sparing: Threads that stay, because somebody holds them.
    /// - Returns: How many threads and rows went.
    @discardableResult
    public func erase(
        owner: String, sparing: Set<ThreadID> = []
    ) async throws -> (threads: Int, rows: Int) {
        var count = (threads: 0, rows: 0)
        for manifest in try manifests() {
            let gone = manifest.threads.filter { thread in
                (thread.owner.map { ExactText($0) == ExactText(owner) } ?? false) && !sparing.contains(thread.thread)
            }
            guard !gone.isEmpty else { continue }
            let ids = Set(gone.map(\.thread))
            var kept = manifest
            kept.threads.removeAll { ids.contains($0.thread) }
            kept.file =
                "turnledger-\(Self.stamp(clock.now()))-\(UniqueID.random().prefix(8))" + ArchiveManifest.fileSuffix
            if !kept.threads.isEmpty {
                let temporary = place(kept.file) + ".part"
                defer { try? Files.remove(temporary) }
                let writer = try GzipWriter(path: temporary)
                do {
                    try await read(manifest) { rows in
                        guard !ids.contains(rows.thread) else { return }
                        for row in rows.rows { try writer.write(ArchiveLine.bytes(row, of: rows.thread)) }
                    }
                } catch {
                    try? writer.close()
                    throw error
                }
                try writer.close()
                try settle(&kept, temporary)
            }
            try Files.remove(place(manifest.name))
            try Files.remove(place(manifest.file))
            count.threads += gone.count
            count.rows += gone.reduce(0) { $0 + $1.rows }
        }
        return count
    }

    // MARK: Help

    /// `nil`: the thread has no rows, or they cannot be read.
    private static func rows(of thread: ThreadID, in store: any ArchivingStore) async throws -> ThreadRows? {
        do {
            return try await store.threadRows(of: thread)
        } catch {
            guard error.code == .undecodable else { throw error }
            return nil
        }
    }

    /// - Returns: Whether the thread was not there.
    private static func restore(_ rows: ThreadRows, into store: any ArchivingStore) async throws -> Bool {
        do {
            try await store.restore(rows)
            return true
        } catch {
            guard error.code == .conflict else { throw error }
            return false
        }
    }

    private func place(_ name: String) -> String { path + "/" + name }

    /// `20261126T001849.123Z`.
    static func stamp(_ time: Timestamp) -> String {
        time.rfc3339.filter { $0 != "-" && $0 != ":" }
    }
}

/// Archives what a sweep is about to remove.
public struct FolderArchiver: RetentionSweep.Archiver {
    private let folder: ArchiveFolder
    private let store: any ArchivingStore

    public init(_ folder: ArchiveFolder, store: any ArchivingStore) {
        self.folder = folder
        self.store = store
    }

    public func archive(_ threads: [ThreadID]) async throws(StoreError) -> Set<ThreadID> {
        do {
            return Set(try await folder.write(threads, from: store)?.threads.map(\.thread) ?? [])
        } catch let error as StoreError {
            throw error
        } catch {
            throw StoreError(.unavailable, "\(error)", underlying: error)
        }
    }
}
