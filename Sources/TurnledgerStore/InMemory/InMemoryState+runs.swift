// Turnledger. SPDX-License-Identifier: Apache-2.0

extension InMemoryState {
    mutating func create(_ new: NewRun) throws(StoreError) -> RunCreation {
        if let entry = threads[new.thread], ExactText(entry.record.owner) != ExactText(new.owner) {
            throw StoreError(.missing, "Thread \(new.thread) belongs to another owner.")
        }
        let byKey = new.idempotencyKey.flatMap { threads[new.thread]?.runsByKey[ExactText($0)] }
        if let existing = runs[byKey ?? new.id]?.record {
            guard existing.thread == new.thread else {
                throw StoreError(.conflict, "Run \(new.id) exists in another thread.")
            }
            return RunCreation(run: existing, lease: nil)
        }
        if let entry = threads[new.thread] {
            let isBusy = entry.runs.contains { runs[$0]?.record.status.isFinished == false }
            guard !isBusy, entry.record.lease == nil else {
                guard new.waits else { throw StoreError(.conflict, "Thread \(new.thread) has an unfinished run.") }
                return RunCreation(run: wait(new), lease: nil)
            }
        }
        if threads[new.thread] == nil { tombstones[new.thread] = nil }
        var entry = threads[new.thread] ?? newThread(new)
        if entry.record.title == nil { entry.record.title = StoreRules.printable(new.title) }
        entry.epoch += 1
        let lease = Lease(
            thread: new.thread, run: new.id, holder: new.holder, epoch: entry.epoch, beat: 0,
            duration: new.leaseDuration)
        entry.record.lease = lease
        entry.record.status = .busy
        entry.record.updatedAt = new.createdAt
        let record = RunRecord(
            id: new.id, thread: new.thread, status: .running, input: new.input, idempotencyKey: new.idempotencyKey,
            createdAt: new.createdAt, updatedAt: new.createdAt)
        entry.runs.append(new.id)
        if let key = new.idempotencyKey { entry.runsByKey[ExactText(key)] = new.id }
        runs[new.id] = InMemoryRun(record: record)
        if let old = threads[new.thread]?.record { order.remove(old) }
        order.insert(entry.record)
        threads[new.thread] = entry
        return RunCreation(run: record, lease: lease)
    }

    /// Adds a run that waits for its turn.
    private mutating func wait(_ new: NewRun) -> RunRecord {
        let ahead = threads[new.thread]?.runs.compactMap { runs[$0]?.record }.filter { !$0.status.isFinished }
        let time = StoreRules.creation(at: new.createdAt, behind: ahead?.map(\.createdAt).max())
        let record = RunRecord(
            id: new.id, thread: new.thread, status: .pending, attempt: 0, input: new.input,
            idempotencyKey: new.idempotencyKey, createdAt: time, updatedAt: time)
        runs[new.id] = InMemoryRun(record: record)
        threads[new.thread]?.runs.append(new.id)
        if let key = new.idempotencyKey { threads[new.thread]?.runsByKey[ExactText(key)] = new.id }
        if var thread = threads[new.thread]?.record {
            thread.updatedAt = new.createdAt
            replace(thread)
        }
        return record
    }

    mutating func requestStop(of id: RunID, at time: Timestamp) throws(StoreError) -> RunRecord {
        guard var run = runs[id]?.record else { throw StoreError(.missing, "Run \(id) does not exist.") }
        guard !run.status.isFinished else { return run }
        if run.stopRequestedAt == nil { run.stopRequestedAt = time }
        if run.status == .pending {
            run.status = .cancelled
            run.updatedAt = time
        }
        runs[id]?.record = run
        return run
    }

    mutating func finish(
        _ id: RunID, as status: RunRecord.Status, failure: String?, at time: Timestamp, fence: Fence
    ) throws(StoreError) {
        guard var run = runs[id]?.record, var thread = threads[run.thread]?.record else {
            throw StoreError(.missing, "Run \(id) does not exist.")
        }
        guard !run.status.isFinished else { return }
        guard thread.lease?.run == id else {
            throw StoreError(.conflict, "Thread \(run.thread): run \(id) does not hold the lease.")
        }
        try check(fence, on: run.thread, namespace: .root)
        run.status = status
        run.failure = StoreRules.printable(failure)
        run.updatedAt = time
        runs[id]?.record = run
        thread.lease = nil
        thread.status = StoreRules.threadStatus(after: status)
        thread.updatedAt = time
        replace(thread)
    }

    mutating func takeOver(
        _ id: RunID, observed: Lease?, holder: String, duration: Duration, at time: Timestamp
    ) throws(StoreError) -> (run: RunRecord, lease: Lease) {
        guard var run = runs[id]?.record, var entry = threads[run.thread] else {
            throw StoreError(.missing, "Run \(id) does not exist.")
        }
        guard !run.status.isFinished else { throw StoreError(.conflict, "Run \(id) has ended.") }
        guard Lease.isUnchanged(entry.record.lease, since: observed, of: id) else {
            throw StoreError(.conflict, "Thread \(run.thread): the lease has moved on.")
        }
        entry.epoch += 1
        let lease = Lease(
            thread: run.thread, run: id, holder: holder, epoch: entry.epoch, beat: 0, duration: duration)
        entry.record.lease = lease
        entry.record.status = .busy
        threads[run.thread] = entry
        run.attempt += 1
        run.status = .running
        run.updatedAt = time
        runs[id] = InMemoryRun(record: run)
        return (run, lease)
    }

    static func isOlder(_ left: RunRecord, _ right: RunRecord) -> Bool {
        if left.createdAt != right.createdAt { return left.createdAt < right.createdAt }
        return ExactText(left.id.rawValue) < ExactText(right.id.rawValue)
    }

    private func newThread(_ new: NewRun) -> InMemoryThread {
        InMemoryThread(
            record: ThreadRecord(
                id: new.thread, owner: new.owner, labels: new.labels, createdAt: new.createdAt,
                updatedAt: new.createdAt, head: histories[new.thread]?.head(of: .root)),
            epoch: StoreRules.firstEpoch(at: new.createdAt) - 1)
    }
}
