// Turnledger. SPDX-License-Identifier: Apache-2.0

/// Keeps the regulations: documents and their clauses, with a version that a derived index follows.
///
/// Regulations belong to the store as a whole, to no thread and no owner.
public protocol ClauseStore: Sendable {
    /// Stores documents, each in place of the one with its ID, and removes others: all of it or nothing.
    ///
    /// The new version is greater than the one before and at least `time` in microseconds, so that two stores never
    /// share a version by chance. A call that names nothing changes nothing.
    ///
    /// - Parameters:
    ///   - documents: Whole documents; clauses that one no longer has are gone.
    ///   - removing: IDs of documents to remove; one that does not exist is passed over.
    ///   - time: When the change is made.
    /// - Returns: The store's version after the change.
    /// - Throws: `.invalid` where a document breaks a rule of `RegulationImport.validate()` or comes twice, `.full`,
    ///   `.unavailable`.
    @discardableResult
    func replace(
        documents: [RegulationImport], removing: [String], at time: Timestamp
    ) async throws(StoreError) -> Int64

    /// Returns all documents, by ID.
    func documents() async throws(StoreError) -> [RegulationDocument]

    /// Returns one clause, or `nil` where there is none.
    func clause(_ id: ClauseID) async throws(StoreError) -> Clause?

    /// Returns a document's clauses in its order; none where there is no such document.
    func clauses(of document: String) async throws(StoreError) -> [Clause]

    /// Returns the number that grows with every change; 0 for a store that was never written. Cost: one small read.
    func clauseVersion() async throws(StoreError) -> Int64

    /// Returns what has changed behind a version, so that an index can follow.
    func changes(since version: Int64) async throws(StoreError) -> ClauseChanges
}

/// Which documents a derived index must read again.
public struct ClauseChanges: Hashable, Sendable {
    /// The version that the index has when it has followed.
    public var version: Int64
    /// New and changed documents, by ID.
    public var changed: [RegulationDocument]
    /// IDs of documents that are gone.
    public var removed: [String]

    public init(version: Int64, changed: [RegulationDocument], removed: [String]) {
        self.version = version
        self.changed = changed
        self.removed = removed
    }
}
