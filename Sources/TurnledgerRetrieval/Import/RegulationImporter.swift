// Turnledger. SPDX-License-Identifier: Apache-2.0

import Foundation
public import TurnledgerStore

/// Reads regulations from files and folders into a store.
///
/// Understood are Markdown, plain text, HTML, PDF, and SQLite files that a mapping file (`.yaml`, `.yml`, `.json`)
/// describes. Folders are read with all folders in them, but for hidden files, mapping files, and files named README or
/// LICENSE. All of an import is stored in one transaction: one that fails leaves everything as it was.
public struct RegulationImporter: Sendable {
    /// What an import has done so far, for a progress bar.
    public struct Progress: Hashable, Sendable {
        /// What is being done; the phases follow each other.
        public enum Phase: String, Sendable { case reading, comparing, storing }

        /// The phase at hand: each counts from 0.
        public var phase: Phase
        /// How much of the phase is done.
        public var done: Int
        /// How much the phase has to do.
        public var total: Int
        /// The file at hand.
        public var name: String
    }

    /// What an import did.
    public struct Summary: Hashable, Sendable, Codable {
        /// Documents that the store did not have.
        public var added = 0
        /// Documents of which anything differs from what the store had.
        public var changed = 0
        /// Documents that are gone from where they were read.
        public var removed = 0
        /// Documents that were left as they are.
        public var unchanged = 0
        /// Clauses of all documents that were read.
        public var clauses = 0
    }

    private let store: any ClauseStore
    private let clock: any WallClock

    public init(store: any ClauseStore, clock: any WallClock = SystemWallClock()) {
        self.store = store
        self.clock = clock
    }

    /// Imports what the paths name, and removes documents that an earlier import read from the same places and that are
    /// gone from there.
    ///
    /// - Throws: With the file's name in the message; nothing was changed then.
    public func importRegulations(
        from paths: [String], progress: @Sendable (Progress) -> Void = { _ in }
    ) async throws(RegulationError) -> Summary {
        let files = try RegulationFiles.find(paths)
        var documents: [ReadDocument] = []
        for (index, file) in files.enumerated() {
            progress(Progress(phase: .reading, done: index, total: files.count, name: file.lastPathComponent))
            documents += try RegulationFiles.read(file)
        }
        guard documents.contains(where: { !$0.pieces.isEmpty }) else {
            throw RegulationError(.nothingFound, "There is no regulation in \(paths.joined(separator: ", ")).")
        }
        do {
            return try await store(
                documents.filter { !$0.pieces.isEmpty }, roots: RegulationFiles.roots(paths), progress)
        } catch let error as StoreError {
            throw RegulationError(error)
        } catch let error as RegulationError {
            throw error
        } catch {
            throw RegulationError(.store, "The import was stopped. Nothing was changed.")
        }
    }

    private func store(
        _ read: [ReadDocument], roots: [String], _ progress: (Progress) -> Void
    ) async throws -> Summary {
        let known = Dictionary(uniqueKeysWithValues: try await store.documents().map { ($0.id, $0) })
        var summary = Summary()
        var sources: [String: String] = [:]
        var changed: [RegulationImport] = []
        for (index, document) in read.enumerated() {
            progress(Progress(phase: .comparing, done: index, total: read.count, name: document.name))
            let item = document.records()
            let id = item.document.id
            if let other = sources.updateValue(document.source, forKey: id) {
                throw RegulationError(
                    .invalid,
                    "Two documents have the id \(id): \(Self.short(other)) and \(Self.short(document.source)).")
            }
            summary.clauses += item.clauses.count
            if let old = known[id] {
                if old.contentHash == item.document.contentHash, old.source == item.document.source {
                    summary.unchanged += 1
                    continue
                }
                // A document that only moved is stored again, but has not changed for its readers.
                if old.contentHash == item.document.contentHash { summary.unchanged += 1 } else { summary.changed += 1 }
            } else {
                summary.added += 1
            }
            changed.append(item)
        }
        let gone = known.values.filter { document in
            sources[document.id] == nil && document.source.map { Self.lies($0, under: roots) } == true
        }
        summary.removed = gone.count
        progress(Progress(phase: .storing, done: 0, total: changed.count, name: ""))
        if !changed.isEmpty || !gone.isEmpty {
            try await store.replace(documents: changed, removing: gone.map(\.id), at: clock.now())
        }
        progress(Progress(phase: .storing, done: changed.count, total: changed.count, name: ""))
        return summary
    }

    private static func lies(_ source: String, under roots: [String]) -> Bool {
        roots.contains { source == $0 || source.hasPrefix($0 + "/") || source.hasPrefix($0 + "#") }
    }

    private static func short(_ source: String) -> String { (source as NSString).lastPathComponent }
}
