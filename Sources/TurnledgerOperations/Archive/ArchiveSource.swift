// Turnledger. SPDX-License-Identifier: Apache-2.0

public import TurnledgerStore

/// The threads of an archive folder as the source of a transfer; of one that was archived more than once the newest.
public struct ArchiveSource: TransferSource {
    private let folder: ArchiveFolder
    private let cipher: (any PayloadCipher)?

    /// - Parameters:
    ///   - folder: The archive.
    ///   - cipher: Opens values that the store sealed; without one those stay sealed.
    public init(_ folder: ArchiveFolder, cipher: (any PayloadCipher)? = nil) {
        self.folder = folder
        self.cipher = cipher
    }

    /// Reads the manifests alone: a record for each thread, which names its file.
    public func scan(_ found: (TransferFindings) async throws(StoreError) -> Void) async throws(StoreError) {
        var seen: Set<ThreadID> = []
        for manifest in try manifests().reversed() {
            let new = manifest.threads.filter { seen.insert($0.thread).inserted }
            try await found(
                TransferFindings(
                    records: new.map {
                        TransferRecord(
                            key: manifest.file, kind: .thread, thread: $0.thread, checkpoint: CheckpointID(""),
                            stamp: $0.sha256)
                    }))
        }
    }

    public func read(_ thread: ThreadID, _ records: [TransferRecord]) async throws(StoreError) -> TransferThread {
        try await read([TransferRequest(thread: thread, records: records)])[0]
    }

    /// Reads each file once that has one of the threads.
    public func read(_ threads: [TransferRequest]) async throws(StoreError) -> [TransferThread] {
        let files = Dictionary(
            threads.compactMap { request in request.records.first.map { ($0.thread, $0.key) } }
        ) { first, _ in first }
        var found: [ThreadID: TransferThread] = [:]
        for manifest in try manifests() where files.values.contains(manifest.file) {
            do {
                try await folder.read(manifest) { rows in
                    guard files[rows.thread] == manifest.file else { return }
                    do throws(StoreError) {
                        found[rows.thread] = try ArchivedThread(rows, cipher: cipher).thread()
                    } catch {
                        found[rows.thread] = Self.without(.unreadable, rows.thread, error.detail)
                    }
                }
            } catch let error as StoreError {
                throw error
            } catch {
                // What was changed or cut short: the threads before the damage are whole.
                for (thread, file) in files where file == manifest.file && found[thread] == nil {
                    found[thread] = Self.without(.unreadable, thread, "\(error)")
                }
            }
        }
        return threads.map { found[$0.thread] ?? Self.without(.vanished, $0.thread, "Its file is not there any more.") }
    }

    private static func without(_ kind: TransferProblem.Kind, _ thread: ThreadID, _ detail: String) -> TransferThread {
        TransferThread(checkpoints: [], problems: [TransferProblem(kind, key: thread.rawValue, detail)])
    }

    private func manifests() throws(StoreError) -> [ArchiveManifest] {
        do { return try folder.manifests() } catch {
            throw StoreError(.undecodable, "\(error)", underlying: error)
        }
    }
}
