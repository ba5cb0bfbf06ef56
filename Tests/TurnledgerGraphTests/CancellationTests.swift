// Turnledger. SPDX-License-Identifier: Apache-2.0

import Synchronization
import Testing
import TurnledgerGraph
import TurnledgerStore
import TurnledgerTesting

@Suite("A run that is cancelled")
struct CancellationTests {
    struct Way: Sendable, CustomTestStringConvertible {
        let durability: Durability
        let history: RunHistory

        var testDescription: String { "\(durability), \(history)" }
        static let all = [Durability.sync, .async, .exit].flatMap { durability in
            RunHistory.allCases.map { Way(durability: durability, history: $0) }
        }
    }

    /// Cancels a run when something happens for the n-th time.
    private final class Canceller: Sendable {
        private let state: Mutex<(run: Task<Void, any Error>?, left: Int)>

        init(after count: Int) { state = Mutex((nil, count)) }

        var hasStruck: Bool { state.withLock { $0.left <= 0 } }
        func arm(_ run: Task<Void, any Error>) { state.withLock { $0.run = run } }
        func count() {
            let run = state.withLock { state in
                state.left -= 1
                return state.left == 0 ? state.run : nil
            }
            run?.cancel()
        }
    }

    private func graph(
        _ store: any CheckpointStore, in node: @escaping @Sendable () throws -> Void = {}
    ) throws -> CompiledGraph<ListState> {
        func working(_ name: NodeName) -> Node<ListState> {
            Node(name) { _ in
                try node()
                return Update { $0.log = [name.rawValue] }
            }
        }
        return try StateGraph(ListState.self) {
            working("a")
            working("b")
            working("c")
            working("d")
            Edge(from: .start, to: "a")
            Edge(from: "a", to: "b")
            Edge(from: "a", to: "c")
            Edge(from: ["b", "c"], to: "d")
        }.compile(store: store)
    }

    /// Runs a graph that a canceller stops, then has another go on.
    private func interrupted(
        _ graph: CompiledGraph<ListState>, by canceller: Canceller, _ store: InMemoryStore, _ way: Way
    ) async throws {
        let options = RunOptions.with { ($0.durability, $0.history) = (way.durability, way.history) }
        let ready = Gate()
        let run = Task {
            try await ready.pass()
            try await graph.invoke(.input { $0.log = ["in"] }, thread: "t", options: options)
        }
        canceller.arm(run)
        ready.open()
        do {
            try await run.value
        } catch {
            #expect(error is CancellationError)
        }
        let next = try self.graph(store)
        let head = try await store.latest(in: "t", namespace: .root)?.checkpoint.id
        let journal = try await store.journal(of: "t", base: nil)
        let isBegun = head != nil || !journal.isEmpty
        let end = try await next.invoke(
            isBegun ? .continue : .input { $0.log = ["in"] }, thread: "t", options: options)
        #expect(end.status == .done)
        #expect(try end.state.log == ["in", "a", "b", "c", "d"])
    }

    @Test("at any store call leaves a thread that goes on to the same end", arguments: Way.all)
    func everyCall(_ way: Way) async throws {
        var calls = 0
        while true {
            calls += 1
            let store = InMemoryStore()
            let canceller = Canceller(after: calls)
            try await interrupted(
                graph(WatchedStore(base: store) { canceller.count() }), by: canceller, store, way)
            if !canceller.hasStruck { break }
        }
        #expect(calls > 2)
    }

    @Test(
        "in any task leaves a thread that goes on to the same end, and says that it was cancelled", arguments: Way.all)
    func everyTask(_ way: Way) async throws {
        for task in 1...4 {
            let store = InMemoryStore()
            let canceller = Canceller(after: task)
            let graph = try graph(store) {
                canceller.count()
                try Task.checkCancellation()
            }
            try await interrupted(graph, by: canceller, store, way)
            #expect(canceller.hasStruck)
        }
    }
}

/// Passes calls on to another store and tells of each.
private struct WatchedStore: CheckpointStore {
    let base: InMemoryStore
    let isCalled: @Sendable () -> Void

    func setUp() async throws(StoreError) { try await base.setUp() }
    func latest(in thread: ThreadID, namespace: Namespace) async throws(StoreError) -> StoredCheckpoint? {
        isCalled()
        return try await base.latest(in: thread, namespace: namespace)
    }
    func checkpoint(_ reference: CheckpointReference) async throws(StoreError) -> StoredCheckpoint? {
        isCalled()
        return try await base.checkpoint(reference)
    }
    func list(_ query: CheckpointQuery) async throws(StoreError) -> CheckpointListing {
        isCalled()
        return try await base.list(query)
    }
    func put(_ checkpoint: Checkpoint, newVersions: ChannelVersions, fence: Fence?) async throws(StoreError) {
        isCalled()
        try await base.put(checkpoint, newVersions: newVersions, fence: fence)
    }
    func putWrites(_ writes: TaskWrites, fence: Fence?) async throws(StoreError) {
        isCalled()
        try await base.putWrites(writes, fence: fence)
    }
    func commit(_ commit: Commit, fence: Fence?) async throws(StoreError) {
        isCalled()
        try await base.commit(commit, fence: fence)
    }
    func delete(_ thread: ThreadID) async throws(StoreError) { try await base.delete(thread) }
}

extension WatchedStore: TurnJournalStore {
    func append(
        _ entries: [Payload], toJournalOf thread: ThreadID, base checkpoint: CheckpointID?, at position: Int,
        fence: Fence?
    ) async throws(StoreError) {
        isCalled()
        try await base.append(entries, toJournalOf: thread, base: checkpoint, at: position, fence: fence)
    }
    func journal(of thread: ThreadID, base checkpoint: CheckpointID?) async throws(StoreError) -> [Payload] {
        isCalled()
        return try await base.journal(of: thread, base: checkpoint)
    }
}
