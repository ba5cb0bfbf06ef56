// Turnledger. SPDX-License-Identifier: Apache-2.0

/// The regulations of an in-memory store, as a value.
struct InMemoryClauses: Sendable {
    private var imports: [String: RegulationImport] = [:]
    /// Documents that are gone, with the version of their removal.
    private var removals: [String: Int64] = [:]
    private(set) var version: Int64 = 0

    mutating func replace(
        documents: [RegulationImport], removing: [String], at time: Timestamp
    ) throws(StoreError) -> Int64 {
        var ids: Set<String> = []
        for item in documents {
            try item.validate()
            guard ids.insert(item.document.id).inserted else {
                throw StoreError(.invalid, "The import has the document \(item.document.id) twice.")
            }
        }
        let gone = Set(removing).subtracting(ids).filter { imports[$0] != nil }
        guard !documents.isEmpty || !gone.isEmpty else { return version }
        version = max(version + 1, time.microseconds)
        for id in gone {
            imports[id] = nil
            removals[id] = version
        }
        for var item in documents {
            item.document.version = version
            imports[item.document.id] = item
            removals[item.document.id] = nil
        }
        return version
    }

    func documents() -> [RegulationDocument] {
        imports.values.map(\.document).sorted { $0.id < $1.id }
    }

    func clause(_ id: ClauseID) -> Clause? {
        imports[id.document]?.clauses.first { $0.id == id }
    }

    func clauses(of document: String) -> [Clause] {
        imports[document]?.clauses ?? []
    }

    func changes(since known: Int64) -> ClauseChanges {
        ClauseChanges(
            version: version, changed: documents().filter { $0.version > known },
            removed: removals.filter { $0.value > known }.keys.sorted()
        )
    }
}
