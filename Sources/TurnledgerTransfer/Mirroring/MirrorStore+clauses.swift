// Turnledger. SPDX-License-Identifier: Apache-2.0

public import TurnledgerStore

extension MirrorStore: ClauseStore {
    @discardableResult
    public func replace(
        documents: [RegulationImport], removing: [String], at time: Timestamp
    ) async throws(StoreError) -> Int64 {
        try await write([.clauses]) { (store) async throws(StoreError) in
            try await Self.clauses(of: store).replace(documents: documents, removing: removing, at: time)
        }
    }

    public func documents() async throws(StoreError) -> [RegulationDocument] {
        try await read { (store) async throws(StoreError) in try await Self.clauses(of: store).documents() }
    }

    public func clause(_ id: ClauseID) async throws(StoreError) -> Clause? {
        try await read { (store) async throws(StoreError) in try await Self.clauses(of: store).clause(id) }
    }

    public func clauses(of document: String) async throws(StoreError) -> [Clause] {
        try await read { (store) async throws(StoreError) in
            try await Self.clauses(of: store).clauses(of: document)
        }
    }

    public func clauseVersion() async throws(StoreError) -> Int64 {
        try await read { (store) async throws(StoreError) in try await Self.clauses(of: store).clauseVersion() }
    }

    public func changes(since version: Int64) async throws(StoreError) -> ClauseChanges {
        try await read { (store) async throws(StoreError) in
            try await Self.clauses(of: store).changes(since: version)
        }
    }

    private static func clauses(of store: any MirrorableStore) throws(StoreError) -> any ClauseStore {
        guard let clauses = store as? any ClauseStore else {
            throw StoreError(.unsupported, "A store of the mirror keeps no regulations.")
        }
        return clauses
    }
}

extension MirrorStore: AuditStore {
    /// In the first store that has an audit table; the other gets no copy.
    @discardableResult
    public func record(_ entry: AuditEntry) async throws(StoreError) -> AuditRow {
        guard let store = auditing else { throw Self.noAudit }
        return try await store.record(entry)
    }

    public func auditRows(behind number: Int64, limit: Int) async throws(StoreError) -> [AuditRow] {
        guard let store = auditing else { throw Self.noAudit }
        return try await store.auditRows(behind: number, limit: limit)
    }

    private var auditing: (any AuditStore)? { first as? any AuditStore ?? second as? any AuditStore }

    private static var noAudit: StoreError {
        StoreError(.unsupported, "No store of the mirror has an audit table; PostgreSQL and SQLite have one.")
    }
}
