// Turnledger. SPDX-License-Identifier: Apache-2.0

public import TurnledgerStore

extension PostgresStore {
    /// One statement.
    public func renew(_ lease: Lease) async throws(StoreError) -> Lease {
        let answer = try await write([
            PostgresQuery(
                statements.threads.renew,
                [
                    .text(lease.thread.rawValue), .text(lease.run.rawValue), .text(lease.holder),
                    .integer(lease.epoch),
                ])
        ])
        do {
            guard let row = answer[0].first, try row.boolean(0) else {
                throw StoreError(.missing, "Thread \(lease.thread) does not exist.")
            }
            guard let beat = row.optionalInteger(1) else {
                throw StoreError(.conflict, "Thread \(lease.thread): epoch \(lease.epoch) does not hold the lease.")
            }
            var renewed = lease
            renewed.beat = beat
            renewed.duration = .microseconds(try row.integer(2))
            return renewed
        } catch {
            throw StoreError(reading: error)
        }
    }

    /// Two statements in one transaction and one round trip.
    public func takeOver(
        _ id: RunID, observed: Lease?, holder: String, duration: Duration, at time: Timestamp
    ) async throws(StoreError) -> (run: RunRecord, lease: Lease) {
        try await takeOver(
            id, observed: observed, holder: holder, duration: duration, at: time, token: .random(in: .min ... .max))
    }

    /// - `token`: Names the call: the same one, sent again, knows its own success.
    func takeOver(
        _ id: RunID, observed: Lease?, holder: String, duration: Duration, at time: Timestamp, token: Int64
    ) async throws(StoreError) -> (run: RunRecord, lease: Lease) {
        let seen: [PostgresValue] =
            observed.map {
                [.text($0.run.rawValue), .text($0.holder), .integer($0.epoch), .integer($0.beat)]
            } ?? [.null, .null, .null, .null]
        let row = try await located(id) { (thread) async throws(StoreError) in
            let answers = try await self.write([
                self.lock(thread),
                PostgresQuery(
                    self.statements.runs.takeOver,
                    [
                        .text(thread.rawValue), .text(id.rawValue), .text(holder), .integer(duration.microseconds),
                        .integer(time.microseconds), .integer(token),
                    ] + seen),
            ])
            return answers[1].first
        }
        guard let row else { throw StoreError(.missing, "Run \(id) does not exist.") }
        do {
            let run = try RunRecord(row, from: 4)
            // Taken now, or by this very call before its reply was lost.
            let isTaken = try row.boolean(0) || row.boolean(1)
            guard isTaken else {
                throw run.status.isFinished
                    ? StoreError(.conflict, "Run \(id) has ended.")
                    : StoreError(.conflict, "Thread \(run.thread): the lease has moved on.")
            }
            let lease = Lease(
                thread: run.thread, run: id, holder: holder, epoch: try row.integer(2), beat: 0, duration: duration)
            return (run, lease)
        } catch {
            throw StoreError(reading: error)
        }
    }
}
