// Turnledger. SPDX-License-Identifier: Apache-2.0

import Synchronization
import Testing
import TurnledgerStore
import TurnledgerTesting

@Suite("The contract of clause stores")
struct ClauseContractTests {
    @Test("is kept by the in-memory store", arguments: StoreContract.clauses)
    func contract(_ rule: StoreContract.Rule<any ClauseStore>) async throws {
        try await rule.verify(InMemoryStore())
    }

    @Test("catches a store that lies", arguments: LyingClauses.Lie.allCases)
    func catches(_ lie: LyingClauses.Lie) async throws {
        let caught = Mutex(false)
        for rule in StoreContract.clauses {
            try await withKnownIssue(isIntermittent: true) {
                try await rule.verify(LyingClauses(lie: lie))
            } matching: { _ in
                caught.withLock { $0 = true }
                return true
            }
            if caught.withLock({ $0 }) { return }
        }
        Issue.record("No rule caught a store that \(lie.rawValue).")
    }
}

/// A store of clauses that breaks one promise.
struct LyingClauses: ClauseStore {
    enum Lie: String, CaseIterable, Sendable {
        case forgetsRemovals, keepsItsVersion, losesAClause, tellsEverythingAsChanged, storesTheValidPart
    }

    let lie: Lie
    private let store = InMemoryStore()

    init(lie: Lie) { self.lie = lie }

    @discardableResult
    func replace(
        documents: [RegulationImport], removing: [String], at time: Timestamp
    ) async throws(StoreError) -> Int64 {
        if lie == .storesTheValidPart, let first = documents.first {
            _ = try await store.replace(documents: [first], removing: [], at: time)
        }
        return try await store.replace(
            documents: documents, removing: lie == .forgetsRemovals ? [] : removing, at: time)
    }

    func documents() async throws(StoreError) -> [RegulationDocument] { try await store.documents() }

    func clause(_ id: ClauseID) async throws(StoreError) -> Clause? { try await store.clause(id) }

    func clauses(of document: String) async throws(StoreError) -> [Clause] {
        let clauses = try await store.clauses(of: document)
        return lie == .losesAClause ? Array(clauses.dropLast()) : clauses
    }

    func clauseVersion() async throws(StoreError) -> Int64 {
        lie == .keepsItsVersion ? 1 : try await store.clauseVersion()
    }

    func changes(since version: Int64) async throws(StoreError) -> ClauseChanges {
        try await store.changes(since: lie == .tellsEverythingAsChanged ? 0 : version)
    }
}
