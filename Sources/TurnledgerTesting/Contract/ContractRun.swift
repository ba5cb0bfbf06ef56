// Turnledger. SPDX-License-Identifier: Apache-2.0

import TurnledgerStore

extension NewRun {
    /// A run as a server would create it.
    init(
        in thread: ThreadID, id: RunID = .fresh(), owner: String = "owner", labels: [String: String] = [:],
        title: String? = nil, key: String? = nil, holder: String = "holder-1", at seconds: Int64 = 1_000_000
    ) {
        self.init(
            id: id, thread: thread, owner: owner, labels: labels, title: title, idempotencyKey: key,
            input: Array("input of \(thread)".utf8), holder: holder, createdAt: .at(seconds))
    }
}

extension RunID {
    /// An ID that no other rule uses.
    static func fresh() -> RunID { RunID("run_" + UniqueID.random()) }
}

extension Timestamp {
    static func at(_ seconds: Int64) -> Timestamp { Timestamp(microseconds: seconds * 1_000_000) }
}

extension Fence {
    init(_ lease: Lease, head: Head = .any) { self.init(epoch: lease.epoch, head: head) }
}

/// A run that was just created, with its lease.
struct StartedRun: Sendable {
    let run: RunRecord
    let lease: Lease
    var fence: Fence { Fence(lease) }
}

/// The lease of a creation that made a run: a rule cannot go on without it.
struct LeaseMissing: Error {}

extension RunStore {
    /// Creates a run and returns it with its lease.
    func start(_ new: NewRun) async throws -> StartedRun {
        let creation = try await create(new)
        guard let lease = creation.lease else { throw LeaseMissing() }
        return StartedRun(run: creation.run, lease: lease)
    }

    func finish(
        _ started: StartedRun, as status: RunRecord.Status = .succeeded, at seconds: Int64 = 1_000_001
    ) async throws {
        try await finish(started.run.id, as: status, failure: nil, at: .at(seconds), fence: started.fence)
    }

    /// Every thread that a query matches, page after page.
    func allThreads(_ query: ThreadQuery) async throws -> [ThreadRecord] {
        var (query, result) = (query, [ThreadRecord]())
        repeat {
            let page = try await threads(query)
            result += page.threads
            query.cursor = page.next
        } while query.cursor != nil
        return result
    }
}

extension RunEventRecord {
    init(_ run: RunRecord, attempt: Int? = nil, _ number: Int, _ text: String = "") {
        self.init(
            run: run.id, attempt: attempt ?? run.attempt, number: number,
            payload: Array((text.isEmpty ? "event \(number)" : text).utf8))
    }
}
