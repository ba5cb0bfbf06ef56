// Turnledger. SPDX-License-Identifier: Apache-2.0

public import TurnledgerStore

extension PostgresStore: RunStore {
    /// Three statements in one transaction and one round trip; twice that where two servers make the thread at once.
    public func create(_ new: NewRun) async throws(StoreError) -> RunCreation {
        try await create(new, token: .random(in: .min ... .max))
    }

    /// - `token`: Names the call: the same one, sent again, knows its own success.
    func create(_ new: NewRun, token: Int64) async throws(StoreError) -> RunCreation {
        try StoreRules.validate(new)
        while true {
            let answers: [PostgresRows]
            do throws(StoreError) {
                answers = try await write([
                    lock(new.thread), creation(of: new, token: token),
                    PostgresQuery(statements.runs.requireUnique, [.text(new.id.rawValue)]),
                    // Whoever gets the lease needs the head next: it comes in the same round trip.
                    latest(in: new.thread, namespace: .root),
                ])
            } catch {
                guard error.isDivisionByZero else { throw error }
                throw StoreError(.conflict, "Run \(new.id) exists in another thread.")
            }
            let answer: CreationAnswer
            do { answer = try CreationAnswer(answers[1]) } catch { throw StoreError(reading: error) }
            guard var creation = try answer.creation(of: new) else { continue }
            knownThreads[creation.run.id] = new.thread
            // One that cannot be read is found out by whoever reads it again: the run is there.
            if creation.isNew, let read = try? CheckpointReader.stored(answers[3], cipher: cipher) {
                creation.head = .read(read.first)
            }
            return creation
        }
    }

    private func creation(of new: NewRun, token: Int64) -> PostgresQuery {
        let title = StoreRules.printable(new.title)
        return PostgresQuery(
            statements.runs.create,
            [
                .text(new.thread.rawValue), .text(new.id.rawValue), .text(new.owner), .utf8(Labels.json(new.labels)),
                .optional(title), .optional(title.map(Titles.folded)), .optional(new.idempotencyKey),
                .bytes(new.input), .text(new.holder), .integer(new.leaseDuration.microseconds),
                .integer(new.createdAt.microseconds), .integer(token),
                .integer(StoreRules.firstEpoch(at: new.createdAt)), .boolean(new.waits),
            ])
    }

    public func run(_ id: RunID) async throws(StoreError) -> RunRecord? {
        let rows = try await read(PostgresQuery(statements.runs.run, [.text(id.rawValue)]))
        return try runs(rows).first
    }

    public func run(in thread: ThreadID, idempotencyKey: String) async throws(StoreError) -> RunRecord? {
        let rows = try await read(
            PostgresQuery(statements.runs.runByKey, [.text(thread.rawValue), .text(idempotencyKey)]))
        return try runs(rows).first
    }

    /// One statement: the leases come with the runs.
    public func unfinishedRuns(in thread: ThreadID?) async throws(StoreError) -> [UnfinishedRun] {
        let rows = try await read(
            thread.map { PostgresQuery(statements.runs.unfinishedOfThread, [.text($0.rawValue)]) }
                ?? PostgresQuery(statements.runs.unfinished))
        do {
            return try rows.all.map { row in
                let run = try RunRecord(row)
                let lease = try Lease(row, from: 10, thread: run.thread)
                return UnfinishedRun(run: run, lease: lease?.run == run.id ? lease : nil)
            }
        } catch {
            throw StoreError(reading: error)
        }
    }

    public func finish(
        _ id: RunID, as status: RunRecord.Status, failure: String?, at time: Timestamp, fence: Fence
    ) async throws(StoreError) {
        guard status.isFinished else { throw StoreError(.invalid, "A run cannot end as '\(status.rawValue)'.") }
        let heads: PostgresValue =
            if case .exactly(let head) = fence.head { Self.heads(head, writing: nil) } else { .null }
        let located = try await located(id) { (thread) async throws(StoreError) -> (ThreadID, PostgresRows)? in
            let answers = try await self.write([
                self.lock(thread),
                PostgresQuery(
                    self.statements.runs.finish,
                    [
                        .text(thread.rawValue), .text(id.rawValue), .text(status.rawValue),
                        .optional(StoreRules.printable(failure)), .integer(time.microseconds), .integer(fence.epoch),
                        .text(StoreRules.threadStatus(after: status).rawValue), heads,
                    ]),
            ])
            guard let row = answers[1].first, !row.isNull(0) else { return nil }
            return (thread, answers[1])
        }
        guard let (thread, answer) = located, let row = answer.first else {
            throw StoreError(.missing, "Run \(id) does not exist.")
        }
        do throws(PostgresError) {
            if RunRecord.Status(rawValue: try row.text(0))?.isFinished == true { return }
            guard try row.boolean(1) else { throw PostgresError(.misuse, "") }
        } catch {
            throw StoreError(.missing, "Thread \(thread) of run \(id) does not exist.")
        }
        try FenceVerdict(answer, column: 2).require(fence, on: thread)
    }

    /// Two statements in one transaction and one round trip, behind the thread's lock; then the run is read.
    @discardableResult
    public func requestStop(of id: RunID, at time: Timestamp) async throws(StoreError) -> RunRecord {
        let run = try await located(id) { (thread) async throws(StoreError) -> RunRecord? in
            try await self.write([
                self.lock(thread),
                PostgresQuery(
                    self.statements.runs.requestStop,
                    [.text(thread.rawValue), .text(id.rawValue), .integer(time.microseconds)]),
            ])
            return try await self.run(id)
        }
        guard let run else { throw StoreError(.missing, "Run \(id) does not exist.") }
        return run
    }

    /// One statement, on an index that is empty most of the time.
    public func stopRequests() async throws(StoreError) -> [RunID] {
        let rows = try await read(PostgresQuery(statements.runs.toStop))
        do {
            return try rows.all.map { RunID(try $0.text(0)) }
        } catch {
            throw StoreError(reading: error)
        }
    }

    // MARK: Events

    /// One statement for each run, all in one transaction and one round trip.
    public func append(_ events: [RunEventRecord]) async throws(StoreError) {
        guard !events.isEmpty else { return }
        var order: [EventGroup] = []
        var groups: [EventGroup: [RunEventRecord]] = [:]
        for event in events {
            let group = EventGroup(run: event.run, attempt: event.attempt)
            if groups[group] == nil { order.append(group) }
            groups[group, default: []].append(event)
        }
        let threads = try await threads(of: Set(order.map(\.run)))
        let queries = order.compactMap { group -> PostgresQuery? in
            guard let thread = threads[group.run], let events = groups[group] else { return nil }
            return PostgresQuery(
                statements.runs.append,
                [
                    .text(thread.rawValue), .text(group.run.rawValue), .integer(Int64(group.attempt)),
                    .integers(events.map { Int64($0.number) }), .byteStrings(events.map(\.payload)),
                ])
        }
        guard !queries.isEmpty else { return }
        try await write(queries, isShareable: true)
    }

    public func events(of run: RunID, from number: Int, limit: Int) async throws(StoreError) -> [RunEventRecord] {
        try StoreRules.validate(limit: limit)
        let rows = try await located(run) { (thread) async throws(StoreError) in
            let rows = try await self.read(
                PostgresQuery(
                    self.statements.runs.events,
                    [
                        .text(thread.rawValue), .text(run.rawValue), .integer(Int64(number)), .integer(Int64(limit)),
                    ]))
            return rows.isEmpty ? nil : rows
        }
        do {
            return try (rows?.all ?? []).map { row in
                RunEventRecord(
                    run: run, attempt: Int(try row.integer(0)), number: Int(try row.integer(1)),
                    payload: try row.bytes(2))
            }
        } catch {
            throw StoreError(reading: error)
        }
    }

    private struct EventGroup: Hashable {
        let run: RunID
        let attempt: Int
    }

    private func runs(_ rows: PostgresRows) throws(StoreError) -> [RunRecord] {
        do {
            let runs = try rows.all.map { try RunRecord($0) }
            for run in runs { knownThreads[run.id] = run.thread }
            return runs
        } catch {
            throw StoreError(reading: error)
        }
    }
}

extension PostgresStore {
    /// Does something on the thread of a run; `nil` where there is no such run.
    ///
    /// - `body`: Returns `nil` where the thread has nothing of the run: what is remembered may be out of date.
    func located<Value>(
        _ run: RunID, _ body: (ThreadID) async throws(StoreError) -> Value?
    ) async throws(StoreError) -> Value? {
        let known = knownThreads[run]
        if let known, let value = try await body(known) { return value }
        let threads = try await threads(of: [run], asking: true)
        guard let thread = threads[run], thread != known else { return nil }
        return try await body(thread)
    }

    /// The threads of runs: those known, and one look-up for all others.
    private func threads(of runs: Set<RunID>, asking: Bool = false) async throws(StoreError) -> [RunID: ThreadID] {
        var result: [RunID: ThreadID] = [:]
        if !asking { for run in runs { result[run] = knownThreads[run] } }
        let unknown = runs.filter { result[$0] == nil }
        guard !unknown.isEmpty else { return result }
        let rows = try await read(
            PostgresQuery(statements.runs.threadsOfRuns, [.texts(unknown.map(\.rawValue))]))
        do {
            for row in rows.all {
                let (run, thread) = (RunID(try row.text(0)), ThreadID(try row.text(1)))
                knownThreads[run] = thread
                result[run] = thread
            }
        } catch {
            throw StoreError(reading: error)
        }
        return result
    }
}

extension StoreError {
    /// What `RunStatements.requireUnique` fails with.
    fileprivate var isDivisionByZero: Bool { (underlying as? PostgresError)?.sqlState == "22012" }
}

/// The row that `RunStatements.create` returns.
private struct CreationAnswer {
    private let owner: String?
    private let epoch: Int64?
    private let isLeased: Bool
    private let isOwnLease: Bool
    private let newEpoch: Int64?
    private let waitsSince: Timestamp?
    private let existing: RunRecord?

    init(_ rows: PostgresRows) throws {
        guard let row = rows.first else { throw PostgresError(.misuse, "The creation of a run gave no answer.") }
        owner = row.optionalText(0)
        epoch = row.optionalInteger(1)
        isLeased = try row.boolean(2)
        isOwnLease = try row.boolean(3)
        newEpoch = row.optionalInteger(4)
        waitsSince = row.optionalInteger(5).map { Timestamp(microseconds: $0) }
        existing = row.isNull(6) ? nil : try RunRecord(row, from: 6)
    }

    /// - Returns: `nil` where another call made the thread at the same time, and this one must look again.
    /// - Throws: `.missing`, `.conflict`.
    func creation(of new: NewRun) throws(StoreError) -> RunCreation? {
        if let owner, ExactText(owner) != ExactText(new.owner) {
            throw StoreError(.missing, "Thread \(new.thread) belongs to another owner.")
        }
        if let existing {
            // The reply to this very call was lost, and it was sent again.
            let isOwn = isOwnLease && existing.id == new.id
            return RunCreation(run: existing, lease: isOwn ? epoch.map { lease(of: new, epoch: $0) } : nil)
        }
        if let waitsSince {
            let run = RunRecord(
                id: new.id, thread: new.thread, status: .pending, attempt: 0, input: new.input,
                idempotencyKey: new.idempotencyKey, createdAt: waitsSince, updatedAt: waitsSince)
            return RunCreation(run: run, lease: nil)
        }
        guard let newEpoch else {
            guard owner != nil else { return nil }
            throw StoreError(.conflict, "Thread \(new.thread) has an unfinished run.")
        }
        let run = RunRecord(
            id: new.id, thread: new.thread, status: .running, input: new.input, idempotencyKey: new.idempotencyKey,
            createdAt: new.createdAt, updatedAt: new.createdAt)
        return RunCreation(run: run, lease: lease(of: new, epoch: newEpoch))
    }

    private func lease(of new: NewRun, epoch: Int64) -> Lease {
        Lease(
            thread: new.thread, run: new.id, holder: new.holder, epoch: epoch, beat: 0, duration: new.leaseDuration)
    }
}
