// Turnledger. SPDX-License-Identifier: Apache-2.0

public import TurnledgerStore

extension RedisStore: RecordMovingStore {
    /// One round trip.
    public func runs(of thread: ThreadID) async throws(StoreError) -> [RunRecord] {
        let answer = try await run(MovingScripts.runs, arguments { $0.add(thread.rawValue) }, about: thread)
        let parts = answer.array ?? []
        var result: [RunRecord] = []
        for index in stride(from: 0, to: parts.count - 1, by: 2) {
            guard let id = parts[index].string, let fields = RedisFields(parts[index + 1]) else { continue }
            result.append(try fields.run(RunID(id)))
        }
        return result.sorted { left, right in
            if left.createdAt != right.createdAt { return left.createdAt < right.createdAt }
            return ExactText(left.id.rawValue) < ExactText(right.id.rawValue)
        }
    }

    /// One script.
    public func take(_ record: ThreadRecord, runs: [RunRecord]) async throws(StoreError) {
        try ThreadID.validate(record.id.rawValue, as: "thread id")
        guard runs.allSatisfy({ $0.thread == record.id }) else {
            throw StoreError(.invalid, "The runs are not all of thread \(record.id).")
        }
        let arguments = arguments {
            $0.add(record.id.rawValue)
            $0.add(record.owner)
            $0.add(optional: StoreRules.printable(record.title))
            $0.add(Self.json(record.labels))
            $0.add(record.status.rawValue)
            $0.add(record.createdAt.microseconds)
            $0.add(record.updatedAt.microseconds)
            $0.add(StoreRules.firstEpoch(at: record.createdAt) - 1)
            $0.add(runs.count)
            for run in runs { $0.add(run) }
        }
        _ = try await run(MovingScripts.take, arguments, about: record.id)
    }

    /// A thread's record as it lies there: what Python wrote is not looked for, and nothing is written.
    func untouchedThread(_ id: ThreadID) async throws(StoreError) -> ThreadRecord? {
        let answer = try await run(RunScripts.thread, arguments { $0.add(id.rawValue) }, about: id)
        return try RedisFields(answer)?.thread(id)
    }
}

extension RedisArguments {
    fileprivate mutating func add(_ run: RunRecord) {
        add(run.id.rawValue)
        add(run.status.rawValue)
        add(run.attempt)
        add(run.input)
        add(optional: run.idempotencyKey)
        add(optional: StoreRules.printable(run.failure))
        add(optional: run.stopRequestedAt.map { String($0.microseconds) })
        add(run.createdAt.microseconds)
        add(run.updatedAt.microseconds)
    }
}
