// Turnledger. SPDX-License-Identifier: Apache-2.0

extension InMemoryStore: RunStore {
    public func create(_ run: NewRun) async throws(StoreError) -> RunCreation {
        try StoreRules.validate(run)
        return try locked { (state) throws(StoreError) in try state.create(run) }
    }

    public func run(_ id: RunID) async throws(StoreError) -> RunRecord? {
        try locked { (state) throws(StoreError) in state.runs[id]?.record }
    }

    public func run(in thread: ThreadID, idempotencyKey: String) async throws(StoreError) -> RunRecord? {
        try locked { (state) throws(StoreError) in
            state.threads[thread]?.runsByKey[ExactText(idempotencyKey)].flatMap { state.runs[$0]?.record }
        }
    }

    public func unfinishedRuns(in thread: ThreadID?) async throws(StoreError) -> [UnfinishedRun] {
        try locked { (state) throws(StoreError) in
            let unfinished = state.runs.values.map(\.record).filter { run in
                !run.status.isFinished && (thread == nil || run.thread == thread)
            }
            return unfinished.sorted(by: InMemoryState.isOlder).map { run in
                let lease = state.threads[run.thread]?.record.lease
                return UnfinishedRun(run: run, lease: lease?.run == run.id ? lease : nil)
            }
        }
    }

    public func finish(
        _ run: RunID, as status: RunRecord.Status, failure: String?, at time: Timestamp, fence: Fence
    ) async throws(StoreError) {
        guard status.isFinished else { throw StoreError(.invalid, "A run cannot end as '\(status.rawValue)'.") }
        try locked { (state) throws(StoreError) in
            try state.finish(run, as: status, failure: failure, at: time, fence: fence)
        }
    }

    @discardableResult
    public func requestStop(of run: RunID, at time: Timestamp) async throws(StoreError) -> RunRecord {
        try locked { (state) throws(StoreError) in try state.requestStop(of: run, at: time) }
    }

    public func stopRequests() async throws(StoreError) -> [RunID] {
        try locked { (state) throws(StoreError) in
            state.runs.values.map(\.record).filter { $0.status == .running && $0.stopRequestedAt != nil }.map(\.id)
        }
    }

    public func renew(_ lease: Lease) async throws(StoreError) -> Lease {
        try locked { (state) throws(StoreError) in
            guard let entry = state.threads[lease.thread] else {
                throw StoreError(.missing, "Thread \(lease.thread) does not exist.")
            }
            guard var current = entry.record.lease, current.isSameHold(as: lease) else {
                throw StoreError(.conflict, "Thread \(lease.thread): epoch \(lease.epoch) does not hold the lease.")
            }
            current.beat += 1
            state.threads[lease.thread]?.record.lease = current
            return current
        }
    }

    public func takeOver(
        _ run: RunID, observed: Lease?, holder: String, duration: Duration, at time: Timestamp
    ) async throws(StoreError) -> (run: RunRecord, lease: Lease) {
        try locked { (state) throws(StoreError) in
            try state.takeOver(run, observed: observed, holder: holder, duration: duration, at: time)
        }
    }

    public func append(_ events: [RunEventRecord]) async throws(StoreError) {
        try locked { (state) throws(StoreError) in
            for event in events where state.runs[event.run]?.record.attempt == event.attempt {
                if state.runs[event.run]?.events[event.number] == nil {
                    state.runs[event.run]?.events[event.number] = event.payload
                }
            }
        }
    }

    public func events(of run: RunID, from number: Int, limit: Int) async throws(StoreError) -> [RunEventRecord] {
        try StoreRules.validate(limit: limit)
        return try locked { (state) throws(StoreError) in
            guard let entry = state.runs[run] else { return [] }
            return entry.events.keys.filter { $0 >= number }.sorted().prefix(limit).map { number in
                RunEventRecord(
                    run: run, attempt: entry.record.attempt, number: number, payload: entry.events[number] ?? [])
            }
        }
    }
}
