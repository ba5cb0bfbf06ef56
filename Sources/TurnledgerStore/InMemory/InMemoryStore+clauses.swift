// Turnledger. SPDX-License-Identifier: Apache-2.0

extension InMemoryStore: ClauseStore {
    @discardableResult
    public func replace(
        documents: [RegulationImport], removing: [String], at time: Timestamp
    ) async throws(StoreError) -> Int64 {
        try locked { (state) throws(StoreError) in
            try state.clauses.replace(documents: documents, removing: removing, at: time)
        }
    }

    public func documents() async throws(StoreError) -> [RegulationDocument] {
        try locked { (state) throws(StoreError) in state.clauses.documents() }
    }

    public func clause(_ id: ClauseID) async throws(StoreError) -> Clause? {
        try locked { (state) throws(StoreError) in state.clauses.clause(id) }
    }

    public func clauses(of document: String) async throws(StoreError) -> [Clause] {
        try locked { (state) throws(StoreError) in state.clauses.clauses(of: document) }
    }

    public func clauseVersion() async throws(StoreError) -> Int64 {
        try locked { (state) throws(StoreError) in state.clauses.version }
    }

    public func changes(since version: Int64) async throws(StoreError) -> ClauseChanges {
        try locked { (state) throws(StoreError) in state.clauses.changes(since: version) }
    }
}
