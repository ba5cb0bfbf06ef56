// Turnledger. SPDX-License-Identifier: Apache-2.0

public import TurnledgerStore

/// Gathers what must be stored together, and stores it under the run's fence: one commit at a time, in order.
actor RunJournal {
    private let store: any CheckpointStore
    private let epoch: Int64?
    private let observer: GraphRunObserver
    /// The newest checkpoint of the namespace that is stored.
    private var head: CheckpointID?
    private var gathered = Commit()
    private var isCommitting = false
    private var waiting: [CheckedContinuation<Void, Never>] = []
    private var failure: StoreError?

    init(store: any CheckpointStore, head: CheckpointID?, epoch: Int64?, observer: GraphRunObserver) {
        self.store = store
        self.head = head
        self.epoch = epoch
        self.observer = observer
    }

    func add(_ commit: Commit) {
        gathered.writes += commit.writes
        gathered.checkpoints += commit.checkpoints
    }

    /// Stores all that was gathered. After a failure it is still gathered: a repeat stores nothing twice.
    func flush() async throws(StoreError) {
        while isCommitting {
            await withCheckedContinuation { waiting.append($0) }
        }
        if let failure {
            self.failure = nil
            throw failure
        }
        guard !gathered.isEmpty else { return }
        isCommitting = true
        let commit = gathered
        gathered = Commit()
        do {
            await observer.willCommit()
            let start = ContinuousClock.now
            let fence = epoch.map { Fence(epoch: $0, head: .exactly(head)) }
            try await observer.storing { [store] () async throws(StoreError) in
                try await store.commit(commit, fence: fence)
            }
            let duration = ContinuousClock.now - start
            head = commit.checkpoints.last?.checkpoint.id ?? head
            ended()
            observer.didCommit(commit.writes.count, commit.checkpoints.count, duration)
        } catch {
            gathered.writes = commit.writes + gathered.writes
            gathered.checkpoints = commit.checkpoints + gathered.checkpoints
            ended()
            throw error
        }
    }

    /// Begins to store what was gathered, beside what the caller does next; a failure comes with the next `flush`.
    nonisolated func flushInBackground() {
        Task {
            do { try await self.flush() } catch { await self.keep(error) }
        }
    }

    private func keep(_ error: any Error) {
        failure = (error as? StoreError) ?? StoreError(.unavailable, "A commit failed.", underlying: error)
    }

    private func ended() {
        isCommitting = false
        for continuation in waiting { continuation.resume() }
        waiting = []
    }
}

/// Watches a run's commits.
public struct GraphRunObserver: Sendable {
    /// Does what it is given, such as within a span.
    public typealias Storing =
        @Sendable (
            _ store: @Sendable () async throws(StoreError) -> Void
        ) async throws(StoreError) -> Void

    let willRun: @Sendable (_ superstep: Int, _ tasks: Int) -> Void
    let storing: Storing
    let willCommit: @Sendable () async -> Void
    let didCommit: @Sendable (_ tasks: Int, _ checkpoints: Int, _ duration: Duration) -> Void
    let didRecover: @Sendable (_ values: PayloadMap) -> Void

    /// - Parameters:
    ///   - willRun: A superstep's tasks begin: what came before is stored. Subgraphs tell nothing.
    ///   - storing: Carries out each commit.
    ///   - willCommit: What it awaits is done before the commit begins.
    ///   - didCommit: How many tasks' writes and how many checkpoints are stored now, and how long the store took.
    ///   - didRecover: The state to which a turn has come again that had died; its run goes on.
    public init(
        willRun: @escaping @Sendable (_ superstep: Int, _ tasks: Int) -> Void = { _, _ in },
        storing: @escaping Storing = { (store) async throws(StoreError) in try await store() },
        willCommit: @escaping @Sendable () async -> Void = {},
        didCommit: @escaping @Sendable (_ tasks: Int, _ checkpoints: Int, _ duration: Duration) -> Void = { _, _, _ in
        },
        didRecover: @escaping @Sendable (_ values: PayloadMap) -> Void = { _ in }
    ) {
        self.willRun = willRun
        self.storing = storing
        self.willCommit = willCommit
        self.didCommit = didCommit
        self.didRecover = didRecover
    }
}
