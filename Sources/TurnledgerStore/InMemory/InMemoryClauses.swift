// Turnledger. SPDX-License-Identifier: Apache-2.0

/// The regulations of an in-memory store, as a value.
struct InMemoryClauses: Sendable {
    private var imports: [ExactText: RegulationImport] = [:]
    /// Documents that are gone, with the version of their removal.
    private var removals: [ExactText: Int64] = [:]
    private(set) var version: Int64 = 0

    mutating func replace(
        documents: [RegulationImport], removing: [String], at time: Timestamp
    ) throws(StoreError) -> Int64 {
        let ids = try RegulationImport.validatedIDs(of: documents)
        let gone = Set(removing.map { ExactText($0) }).subtracting(ids).filter { imports[$0] != nil }
        guard !documents.isEmpty || !gone.isEmpty else { return version }
        version = max(version + 1, time.microseconds)
        for id in gone {
            imports[id] = nil
            removals[id] = version
        }
        for var item in documents {
            item.document.version = version
            let id = ExactText(item.document.id)
            imports[id] = item
            removals[id] = nil
        }
        return version
    }

    func documents() -> [RegulationDocument] {
        imports.sorted { $0.key < $1.key }.map(\.value.document)
    }

    func clause(_ id: ClauseID) -> Clause? {
        clauses(of: id.document).first { ExactText($0.id.number) == ExactText(id.number) }
    }

    func clauses(of document: String) -> [Clause] {
        imports[ExactText(document)]?.clauses ?? []
    }

    func changes(since known: Int64) -> ClauseChanges {
        ClauseChanges(
            version: version, changed: documents().filter { $0.version > known },
            removed: removals.filter { $0.value > known }.keys.sorted().map(\.value)
        )
    }
}
