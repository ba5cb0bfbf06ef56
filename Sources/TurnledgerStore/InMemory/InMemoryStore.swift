// Turnledger. SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Keeps conversations in this process, and loses them with it.
///
/// Holds the same logical rows as the SQL stores and keeps the same promises, so that what is tested on it holds on
/// them. Every call is atomic and none waits for anything but another call.
public final class InMemoryStore: Sendable {
    private let state = Mutex(InMemoryState())

    public init() {}

    /// Does one call's work on the state, alone. The body checks all before it changes anything.
    func locked<Value: Sendable>(
        _ body: (inout InMemoryState) throws(StoreError) -> Value
    ) throws(StoreError) -> Value {
        let mirrorGuard = MirrorGuard.current
        return try state.withLock { (state) throws(StoreError) in
            try state.obey(mirrorGuard)
            return try body(&state)
        }
    }
}

/// All that an in-memory store keeps.
struct InMemoryState: Sendable {
    var histories: [ThreadID: InMemoryHistory] = [:]
    var journals: [ThreadID: InMemoryJournal] = [:]
    var threads: [ThreadID: InMemoryThread] = [:]
    var runs: [RunID: InMemoryRun] = [:]
    var order = InMemoryThreadOrder()
    var clauses = InMemoryClauses()
    var retentions: [ThreadID: ThreadRetention] = [:]
    var tombstones: [ThreadID: Tombstone] = [:]
    var chores: [String: Chore] = [:]
    var statistics: [StatisticsKey: Int64] = [:]
    var audit: [AuditRow] = []
    var spooled: [ThreadID: SpooledThread] = [:]
    var mirror = InMemoryMirror()
}

/// A thread's record with what the record does not show.
struct InMemoryThread: Sendable {
    var record: ThreadRecord
    /// The greatest epoch that was given out.
    var epoch: Int64
    var runs: [RunID] = []
    var runsByKey: [ExactText: RunID] = [:]
}

struct InMemoryRun: Sendable {
    var record: RunRecord
    /// The events of the current attempt, by number.
    var events: [Int: [UInt8]] = [:]
}
