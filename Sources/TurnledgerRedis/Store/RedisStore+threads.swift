// Turnledger. SPDX-License-Identifier: Apache-2.0

public import TurnledgerStore

extension RedisStore {
    /// In the layout `json` two round trips: the first looks for what Python wrote.
    public func thread(_ id: ThreadID) async throws(StoreError) -> ThreadRecord? {
        if settings.layout == .json { try await adopt(id) }
        let answer = try await run(RunScripts.thread, arguments { $0.add(id.rawValue) }, about: id)
        guard let fields = RedisFields(answer) else { return nil }
        return try fields.thread(id)
    }

    /// One round trip where neither text nor labels are asked for; with them, threads are looked through until a page is
    /// full.
    public func threads(_ query: ThreadQuery) async throws(StoreError) -> ThreadPage {
        try StoreRules.validate(limit: query.limit)
        var cursor: ThreadCursor?
        if let text = query.cursor { cursor = try ThreadCursor(text) }
        guard query.limit > 0 else { return ThreadPage(threads: [], next: nil) }
        let isFiltered = query.text?.isEmpty == false || !query.labels.isEmpty
        let batch = isFiltered ? 200 : query.limit + 1
        var page: [ThreadRecord] = []
        while true {
            let arguments = arguments {
                $0.add(optional: query.owner)
                $0.add(optional: cursor.map { String($0.updatedAt.microseconds) })
                $0.add(cursor?.id.rawValue ?? "")
                $0.add(batch)
            }
            let parts = try await run(RunScripts.threads, arguments).array ?? []
            for index in stride(from: 0, to: parts.count - 1, by: 2) {
                guard let id = parts[index].string, let fields = RedisFields(parts[index + 1]) else { continue }
                let record = try fields.thread(ThreadID(id))
                cursor = ThreadCursor(record)
                guard StoreRules.matches(record, query) else { continue }
                if let last = page.last, page.count == query.limit {
                    return ThreadPage(threads: page, next: ThreadCursor(last).text)
                }
                page.append(record)
            }
            if parts.count < batch * 2 { return ThreadPage(threads: page, next: nil) }
        }
    }

    @discardableResult
    public func update(
        _ thread: ThreadID, _ changes: ThreadChanges, at time: Timestamp
    ) async throws(StoreError) -> ThreadRecord {
        let arguments = arguments {
            $0.add(thread.rawValue)
            $0.add(optional: StoreRules.printable(changes.title))
            $0.add(optional: changes.labels.map(Self.json))
            $0.add(optional: changes.status?.rawValue)
            $0.add(time.microseconds)
        }
        guard let fields = RedisFields(try await run(RunScripts.update, arguments, about: thread)) else {
            throw Self.unexpected(RunScripts.update)
        }
        return try fields.thread(thread)
    }
}
