// Turnledger. SPDX-License-Identifier: Apache-2.0

/// A store that remembers who did what to its conversations, in rows that are never changed.
public protocol AuditStore: Sendable {
    /// Appends a row behind the last one. Two that append at once get two numbers.
    @discardableResult
    func record(_ entry: AuditEntry) async throws(StoreError) -> AuditRow

    /// Rows in the order of their numbers, beginning behind one.
    func auditRows(behind number: Int64, limit: Int) async throws(StoreError) -> [AuditRow]
}

/// What a walk along the chain of an audit table found.
public struct AuditVerdict: Hashable, Sendable {
    /// How many rows were read, and the last of them.
    public var count = 0
    public var head: AuditRow?
    /// Each says which row is wrong and how, in a sentence.
    public var faults: [String] = []

    public var isIntact: Bool { faults.isEmpty }
}

extension AuditStore {
    /// Reads all rows and recomputes the chain: a row that was changed, removed or put in between is found.
    ///
    /// Rows removed from the end leave an intact chain: give the `hash` of a head that was noted down elsewhere.
    /// - Parameter expected: A hash that a row must have.
    public func verifyAudit(expecting expected: String? = nil) async throws(StoreError) -> AuditVerdict {
        var verdict = AuditVerdict()
        var isThere = expected == nil
        while true {
            let rows = try await auditRows(behind: verdict.head?.number ?? 0, limit: 500)
            guard !rows.isEmpty else { break }
            for row in rows {
                let last = verdict.head
                if row.number != (last?.number ?? 0) + 1 {
                    verdict.faults.append("Row \((last?.number ?? 0) + 1) is missing; the next is \(row.number).")
                }
                if row.previous != last?.hash ?? "" {
                    verdict.faults.append("Row \(row.number) does not follow the row before it.")
                }
                if row.hash != row.expectedHash { verdict.faults.append("Row \(row.number) was changed.") }
                if row.hash == expected { isThere = true }
                verdict.head = row
                verdict.count += 1
            }
        }
        if !isThere { verdict.faults.append("No row has the hash that was noted down: rows are missing at the end.") }
        return verdict
    }
}

extension InMemoryStore: AuditStore {
    @discardableResult
    public func record(_ entry: AuditEntry) async throws(StoreError) -> AuditRow {
        try locked { (state) throws(StoreError) in
            let row = AuditRow(entry, behind: state.audit.last)
            state.audit.append(row)
            return row
        }
    }

    public func auditRows(behind number: Int64, limit: Int) async throws(StoreError) -> [AuditRow] {
        try StoreRules.validate(limit: limit)
        return try locked { (state) throws(StoreError) in
            Array(state.audit.drop { $0.number <= number }.prefix(limit))
        }
    }
}
