// Turnledger. SPDX-License-Identifier: Apache-2.0

public import Logging
public import TurnledgerStore

/// Finds clauses of the regulations in a store.
///
/// The index is derived: a file of its own, made from the store's clauses and brought up to date before a search when the
/// store's version has moved, whichever process moved it. Losing the file loses nothing.
public actor RegulationIndex {
    private let store: any ClauseStore
    private let file: IndexFile
    private let logger: Logger
    private let refreshInterval: Duration
    private let clock = ContinuousClock()
    private var checkedAt: ContinuousClock.Instant?
    private var catalogue: Catalogue?
    private var refreshing: Task<Void, any Error>?

    /// Opens an index; it is built by the first search or `refresh()`.
    ///
    /// - Parameters:
    ///   - store: Where the regulations are.
    ///   - path: The index's own file, which processes may share, or `:memory:`.
    ///   - logger: Told of every change that the index follows, and of a store that is away.
    ///   - refreshInterval: How old the knowledge of the store's version may be when a search begins.
    /// - Throws: `.index` where the file cannot be made.
    public init(
        store: any ClauseStore, path: String, logger: Logger, refreshInterval: Duration = .seconds(1)
    ) throws(RegulationError) {
        self.store = store
        self.file = try IndexFile(path: path)
        self.logger = logger
        self.refreshInterval = refreshInterval
    }

    /// Brings the index up to date with the store. Cheap when nothing has changed: one small read of each.
    public func refresh() async throws(RegulationError) {
        let work: Task<Void, any Error>
        if let refreshing {
            work = refreshing
        } else {
            work = Task { try await self.follow() }
            refreshing = work
        }
        let result = await work.result
        refreshing = nil
        do {
            try result.get()
            checkedAt = clock.now
        } catch let error as StoreError {
            throw RegulationError(error)
        } catch {
            throw RegulationError(.index, "The search index cannot be written. Free some space, or name another place.")
        }
    }

    /// Returns the clauses that fit best, the best first.
    ///
    /// Clauses that the text names by number come before all others. A store that cannot be reached is no failure while
    /// the index has clauses: the search goes on with what it knows.
    public func search(_ query: ClauseQuery) async throws(RegulationError) -> [ClauseHit] {
        let catalogue = try await currentCatalogue()
        do {
            return try await Search(query: query, catalogue: catalogue).run(on: file.writer)
        } catch {
            throw RegulationError(.index, "The search index cannot be read. Remove its file; it is made again.")
        }
    }

    /// Returns one clause of the store.
    public func clause(_ id: ClauseID) async throws(RegulationError) -> Clause? {
        do { return try await store.clause(id) } catch { throw RegulationError(error) }
    }

    /// How many clauses the index has, whether or not the store can be reached.
    public func clauseCount() async -> Int { (try? await currentCatalogue().clauseCount) ?? 0 }

    /// Returns a document's title, as the index knows it.
    public func title(of document: String) async throws(RegulationError) -> String? {
        try await currentCatalogue().documents[document]?.title
    }

    private func currentCatalogue() async throws(RegulationError) -> Catalogue {
        if let catalogue, let checkedAt, clock.now - checkedAt < refreshInterval { return catalogue }
        do {
            try await refresh()
        } catch {
            // The file may be of an earlier process: the store was away since the start.
            if catalogue == nil { catalogue = try? await file.catalogue() }
            guard let catalogue, catalogue.clauseCount > 0 else { throw error }
            // Ask again after the interval, not with every search.
            checkedAt = clock.now
            logger.warning("Searching without news from the store", metadata: ["reason": "\(error.description)"])
            return catalogue
        }
        guard let catalogue else { throw RegulationError(.index, "The search index is empty.") }
        return catalogue
    }

    // MARK: Following

    /// The most clauses that one transaction takes in: readers of a shared file wait no longer than that.
    private static let batch = 2000

    private func follow() async throws {
        let target = try await store.clauseVersion()
        var known = try await file.version()
        if known == target, catalogue?.version == known { return }
        if known != target {
            let started = clock.now
            // A version in the future is another store's: begin anew.
            let isAnew = known > target || known == 0
            let stale = isAnew ? try await file.documentIDs() : []
            if isAnew { known = 0 }
            let changes = try await store.changes(since: known)
            var entries: [IndexFile.Entry] = []
            var count = 0
            var removed = changes.removed + stale
            for document in changes.changed {
                let clauses = try await store.clauses(of: document.id)
                entries.append(IndexFile.Entry(document: document, clauses: clauses))
                count += clauses.count
                if count >= Self.batch {
                    try await file.apply(entries, removed: removed, version: nil)
                    (entries, removed, count) = ([], [], 0)
                }
            }
            try await file.apply(entries, removed: removed, version: changes.version, merging: isAnew)
            logger.debug(
                "Regulations indexed",
                metadata: [
                    "documents": "\(changes.changed.count)", "version": "\(changes.version)",
                    "seconds": "\((clock.now - started) / .seconds(1))",
                ])
        }
        catalogue = try await file.catalogue()
    }
}
