// Turnledger. SPDX-License-Identifier: Apache-2.0

public import TurnledgerStore

extension RedisStore: RunStore {
    public func create(_ run: NewRun) async throws(StoreError) -> RunCreation {
        try StoreRules.validate(run)
        if settings.layout == .json { try await adopt(run.thread) }
        let arguments = arguments {
            $0.add(run.thread.rawValue)
            $0.add(run.id.rawValue)
            $0.add(run.owner)
            $0.add(Self.json(run.labels))
            $0.add(optional: StoreRules.printable(run.title))
            $0.add(optional: run.idempotencyKey)
            $0.add(run.input)
            $0.add(run.waits)
            $0.add(run.holder)
            $0.add(run.leaseDuration.microseconds)
            $0.add(run.createdAt.microseconds)
            $0.add(StoreRules.firstEpoch(at: run.createdAt) - 1)
        }
        let answer = try await self.run(RunScripts.create, arguments, about: run.thread)
        guard let parts = answer.array, parts.count == 3, let fields = RedisFields(parts[1]) else {
            throw Self.unexpected(RunScripts.create)
        }
        // The run that exists may have another ID, by its key.
        let id = fields.text("id").map { RunID($0) } ?? run.id
        let lease = RedisFields(parts[2])?.lease(of: run.thread)
        return RunCreation(run: try fields.run(id), lease: parts[0].string == "1" ? lease : nil)
    }

    public func run(_ id: RunID) async throws(StoreError) -> RunRecord? {
        try await found(
            arguments {
                $0.add(optional: id.rawValue)
                $0.add("")
                $0.add(optional: nil)
            })
    }

    public func run(in thread: ThreadID, idempotencyKey: String) async throws(StoreError) -> RunRecord? {
        try await found(
            arguments {
                $0.add(optional: nil)
                $0.add(thread.rawValue)
                $0.add(optional: idempotencyKey)
            })
    }

    private func found(_ arguments: RedisArguments) async throws(StoreError) -> RunRecord? {
        try Self.record(try await run(RunScripts.run, arguments))
    }

    /// The run of an answer: its ID and its fields.
    private static func record(_ answer: RESPValue) throws(StoreError) -> RunRecord? {
        guard let parts = answer.array, parts.count >= 2, let id = parts[0].string, let fields = RedisFields(parts[1])
        else { return nil }
        return try fields.run(RunID(id))
    }

    public func unfinishedRuns(in thread: ThreadID?) async throws(StoreError) -> [UnfinishedRun] {
        let answer = try await run(RunScripts.unfinished, arguments { $0.add(optional: thread?.rawValue) })
        let parts = answer.array ?? []
        var result: [UnfinishedRun] = []
        for index in stride(from: 0, to: parts.count - 2, by: 3) {
            guard let id = parts[index].string, let fields = RedisFields(parts[index + 1]) else { continue }
            let record = try fields.run(RunID(id))
            let lease = RedisFields(parts[index + 2])?.lease(of: record.thread)
            result.append(UnfinishedRun(run: record, lease: lease?.run == record.id ? lease : nil))
        }
        return result.sorted { left, right in
            if left.run.createdAt != right.run.createdAt { return left.run.createdAt < right.run.createdAt }
            return ExactText(left.run.id.rawValue) < ExactText(right.run.id.rawValue)
        }
    }

    public func finish(
        _ run: RunID, as status: RunRecord.Status, failure: String?, at time: Timestamp, fence: Fence
    ) async throws(StoreError) {
        guard status.isFinished else { throw StoreError(.invalid, "A run cannot end as '\(status.rawValue)'.") }
        let arguments = arguments {
            $0.add(run.rawValue)
            $0.add(status.rawValue)
            $0.add(StoreRules.threadStatus(after: status).rawValue)
            $0.add(optional: StoreRules.printable(failure))
            $0.add(time.microseconds)
            $0.add(fence, namespace: .root, writing: nil)
        }
        _ = try await self.run(RunScripts.finish, arguments, about: run)
    }

    @discardableResult
    public func requestStop(of run: RunID, at time: Timestamp) async throws(StoreError) -> RunRecord {
        let arguments = arguments {
            $0.add(run.rawValue)
            $0.add(time.microseconds)
        }
        let answer = try await self.run(RunScripts.requestStop, arguments, about: run)
        guard let record = try Self.record(answer) else { throw Self.unexpected(RunScripts.requestStop) }
        return record
    }

    public func stopRequests() async throws(StoreError) -> [RunID] {
        let answer = try await run(RunScripts.stopRequests, RedisArguments())
        return (answer.array ?? []).compactMap(\.string).map { RunID($0) }
    }

    /// Looks for what Python wrote.
    func adopt(_ thread: ThreadID) async throws(StoreError) {
        let arguments = arguments {
            $0.add(thread.rawValue)
            $0.add("")
        }
        _ = try await run(JSONScripts.adopt, arguments, about: thread)
    }

    private func run(
        _ script: RedisScript, _ arguments: RedisArguments, about run: RunID
    ) async throws(StoreError) -> RESPValue {
        do throws(StoreError) {
            return try await self.run(script, arguments)
        } catch {
            guard [.conflict, .missing].contains(error.code) else { throw error }
            throw StoreError(error.code, "Run \(run): \(error.detail)", underlying: error.underlying)
        }
    }

    static func unexpected(_ script: RedisScript) -> StoreError {
        StoreError(.unavailable, "Redis answers the script \(script.name) with something else.")
    }

    static func json(_ labels: [String: String]) -> String {
        let names = labels.keys.sorted { ExactText($0) < ExactText($1) }
        return JSONValue.object(
            JSONObject(members: names.map { .init(key: $0, value: .string(labels[$0] ?? "")) })
        ).text
    }
}

extension RedisStore {
    /// One round trip.
    public func renew(_ lease: Lease) async throws(StoreError) -> Lease {
        switch try await beats(of: [lease])[0] {
        case .held(let beat):
            var lease = lease
            lease.beat = beat
            return lease
        case .passed:
            throw StoreError(.conflict, "Thread \(lease.thread): epoch \(lease.epoch) does not hold the lease.")
        case .missing: throw StoreError(.missing, "Thread \(lease.thread) does not exist.")
        }
    }

    /// One round trip for all.
    public func renew(_ leases: [Lease]) async throws(StoreError) -> [Lease] {
        guard !leases.isEmpty else { return [] }
        return zip(leases, try await beats(of: leases)).compactMap { lease, beat in
            guard case .held(let number) = beat else { return nil }
            var lease = lease
            lease.beat = number
            return lease
        }
    }

    private enum Beat {
        case held(Int64)
        case passed, missing
    }

    private func beats(of leases: [Lease]) async throws(StoreError) -> [Beat] {
        let arguments = arguments {
            $0.add(leases.count)
            for lease in leases {
                $0.add(lease.thread.rawValue)
                $0.add(lease.run.rawValue)
                $0.add(lease.holder)
                $0.add(lease.epoch)
            }
        }
        let answer = try await run(RunScripts.renew, arguments).array ?? []
        guard answer.count == leases.count else { throw Self.unexpected(RunScripts.renew) }
        return answer.map { $0.integer.map { .held($0) } ?? ($0.string == "missing" ? .missing : .passed) }
    }

    public func takeOver(
        _ run: RunID, observed: Lease?, holder: String, duration: Duration, at time: Timestamp
    ) async throws(StoreError) -> (run: RunRecord, lease: Lease) {
        let arguments = arguments {
            $0.add(run.rawValue)
            $0.add(holder)
            $0.add(duration.microseconds)
            $0.add(time.microseconds)
            $0.add(observed != nil)
            $0.add(observed?.run.rawValue ?? "")
            $0.add(observed?.holder ?? "")
            $0.add(observed?.epoch ?? 0)
            $0.add(observed?.beat ?? 0)
        }
        let answer = try await self.run(RunScripts.takeOver, arguments, about: run)
        guard let record = try Self.record(answer),
            let lease = (answer.array?.last).flatMap({ RedisFields($0) })?.lease(of: record.thread)
        else { throw Self.unexpected(RunScripts.takeOver) }
        return (record, lease)
    }
}
