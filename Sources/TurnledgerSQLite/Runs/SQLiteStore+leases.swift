// Turnledger. SPDX-License-Identifier: Apache-2.0

internal import GRDB
public import TurnledgerStore

extension SQLiteStore {
    public func renew(_ lease: Lease) async throws(StoreError) -> Lease {
        try await write { database in
            guard let row = try database.row(RunStatements.thread, [lease.thread.rawValue]) else {
                throw StoreError(.missing, "Thread \(lease.thread) does not exist.")
            }
            guard let renewed = try database.renew(lease, row) else {
                throw StoreError(.conflict, "Thread \(lease.thread): epoch \(lease.epoch) does not hold the lease.")
            }
            return renewed
        }
    }

    /// One transaction.
    public func renew(_ leases: [Lease]) async throws(StoreError) -> [Lease] {
        try await write { database in
            try leases.compactMap { lease in
                try database.row(RunStatements.thread, [lease.thread.rawValue]).flatMap {
                    try database.renew(lease, $0)
                }
            }
        }
    }

    public func takeOver(
        _ id: RunID, observed: Lease?, holder: String, duration: Duration, at time: Timestamp
    ) async throws(StoreError) -> (run: RunRecord, lease: Lease) {
        try await write { database in
            var (run, thread) = try database.runAndThread(id)
            guard !run.status.isFinished else { throw StoreError(.conflict, "Run \(id) has ended.") }
            guard Lease.isUnchanged(thread.lease, since: observed, of: id),
                let row = try database.row(RunStatements.thread, [run.thread.rawValue])
            else { throw StoreError(.conflict, "Thread \(run.thread): the lease has moved on.") }
            let lease = Lease(
                thread: run.thread, run: id, holder: holder, epoch: try row.value("epoch", as: Int64.self) + 1,
                beat: 0, duration: duration)
            try database.acquire(lease)
            try database.run(RunStatements.deleteEvents, [id.rawValue])
            run.attempt += 1
            run.status = .running
            run.updatedAt = time
            try database.save(run)
            return (run, lease)
        }
    }
}

extension SQLiteStore: HolderProbing {
    /// Asks the lock that every process on this file holds while it lives. The holders of this file's leases are the
    /// `holder` of some store on it; other names give `nil`.
    public func isHolderAlive(_ holder: String) async throws(StoreError) -> Bool? {
        holderLock.isAlive(holder)
    }
}

extension Database {
    /// - Parameter row: The thread's.
    /// - Returns: `nil` where the lease has passed to another.
    fileprivate func renew(_ lease: Lease, _ row: Row) throws -> Lease? {
        guard var current = try Lease(row, thread: lease.thread), current.isSameHold(as: lease) else { return nil }
        try run(RunStatements.beat, [lease.thread.rawValue])
        current.beat += 1
        return current
    }

    func acquire(_ lease: Lease) throws {
        try run(
            RunStatements.acquire,
            [
                lease.epoch, lease.run.rawValue, lease.holder, lease.duration.microseconds, lease.thread.rawValue,
            ])
    }
}
