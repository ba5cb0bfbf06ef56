// Turnledger. SPDX-License-Identifier: Apache-2.0

extension InMemoryStore {
    public func thread(_ id: ThreadID) async throws(StoreError) -> ThreadRecord? {
        try locked { (state) throws(StoreError) in state.threads[id]?.record }
    }

    public func threads(_ query: ThreadQuery) async throws(StoreError) -> ThreadPage {
        try StoreRules.validate(limit: query.limit)
        let cursor: ThreadCursor? = if let text = query.cursor { try ThreadCursor(text) } else { nil }
        return try locked { (state) throws(StoreError) in state.threads(query, behind: cursor) }
    }

    @discardableResult
    public func update(
        _ thread: ThreadID, _ changes: ThreadChanges, at time: Timestamp
    ) async throws(StoreError) -> ThreadRecord {
        try locked { (state) throws(StoreError) in
            guard var record = state.threads[thread]?.record else {
                throw StoreError(.missing, "Thread \(thread) does not exist.")
            }
            if let title = StoreRules.printable(changes.title) { record.title = title }
            if let labels = changes.labels { record.labels = labels }
            if let status = changes.status { record.status = status }
            if changes.title != nil || changes.labels != nil { record.updatedAt = time }
            state.replace(record)
            return record
        }
    }
}

extension InMemoryState {
    func threads(_ query: ThreadQuery, behind cursor: ThreadCursor?) -> ThreadPage {
        var page: [ThreadRecord] = []
        guard query.limit > 0 else { return ThreadPage(threads: [], next: nil) }
        for id in order.threads(of: query.owner, behind: cursor) {
            guard let record = threads[id]?.record, StoreRules.matches(record, query) else { continue }
            if let last = page.last, page.count == query.limit {
                return ThreadPage(threads: page, next: ThreadCursor(last).text)
            }
            page.append(record)
        }
        return ThreadPage(threads: page, next: nil)
    }

    /// Stores a record in place of the one that the thread had.
    mutating func replace(_ record: ThreadRecord) {
        guard let old = threads[record.id]?.record else { return }
        if old.updatedAt != record.updatedAt {
            order.remove(old)
            order.insert(record)
        }
        threads[record.id]?.record = record
    }
}
