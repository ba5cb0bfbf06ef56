// Turnledger. SPDX-License-Identifier: Apache-2.0

public import TurnledgerStore

extension PostgresStore {
    /// Makes records for threads that only other programs have written, so that they are listed like any other.
    ///
    /// A record's times are those of the thread's first and last checkpoint in the root namespace; it is nobody's until
    /// this call says whose. A thread that a run is created on gets its record then, and its owner from the run. Threads
    /// that have a record stay as they are. Cost: a walk along an index over all thread IDs, then two round trips for
    /// each thread that has none.
    ///
    /// - Parameters:
    ///   - owner: Whose the threads become.
    ///   - labels: Their labels.
    ///   - limit: How many at most.
    ///   - title: Says what to call a thread, from its newest checkpoint; `nil`: nothing.
    /// - Returns: The threads that got a record.
    public func adoptThreads(
        owner: String, labels: [String: String] = [:], limit: Int = .max,
        title: @Sendable (StoredCheckpoint) -> String?
    ) async throws(StoreError) -> [ThreadID] {
        try StoreRules.validate(limit: limit)
        var adopted: [ThreadID] = []
        var last = ""
        while adopted.count < limit {
            let page = Int64(min(limit - adopted.count, 100))
            let rows = try await read(
                PostgresQuery(statements.threads.strays, [.text(last), .integer(page)]))
            guard !rows.isEmpty else { break }
            for row in rows.all {
                let id: String
                do throws(PostgresError) { id = try row.text(0) } catch { throw StoreError(reading: error) }
                last = id
                let times = (row.optionalText(1), row.optionalText(2))
                if try await adopt(ThreadID(id), owner: owner, labels: labels, times: times, title: title) {
                    adopted.append(ThreadID(id))
                }
            }
        }
        return adopted
    }

    private func adopt(
        _ thread: ThreadID, owner: String, labels: [String: String], times: (String?, String?),
        title: @Sendable (StoredCheckpoint) -> String?
    ) async throws(StoreError) -> Bool {
        func time(_ id: String?) -> Int64 { id.flatMap { CheckpointID($0).ticks }.map { $0 / 10 } ?? 0 }
        let head = try await latest(in: thread, namespace: .root)
        let title = StoreRules.printable(head.flatMap(title))
        let (created, updated) = (time(times.0), time(times.1))
        let answers = try await write([
            PostgresQuery(
                statements.threads.adopt,
                [
                    .text(thread.rawValue), .text(owner), .utf8(Labels.json(labels)), .optional(title),
                    .optional(title.map(Titles.folded)), .integer(created), .integer(updated),
                    .integer(StoreRules.firstEpoch(at: Timestamp(microseconds: updated)) - 1),
                ])
        ])
        return answers[0].affected > 0
    }
}
