// Turnledger. SPDX-License-Identifier: Apache-2.0

import Testing
import TurnledgerStore

@testable import TurnledgerPostgres

@Suite("Rows that Python wrote", .enabled(if: LivePostgres.isThere, LivePostgres.howTo))
struct PythonRowsTests {
    private static let tables = ["checkpoints", "checkpoint_blobs", "checkpoint_writes"]

    @Test("are read, and written again row for row as they were")
    func same() async throws {
        let python = try PythonRows()
        try await StoreSchema.with { source in
            try await source.withStore { reader in
                try await reader.setUp()
                try await python.insert(into: source)
                try await StoreSchema.with { target in
                    try await target.withStore { writer in
                        try await writer.setUp()
                        let stored = try await reader.list(CheckpointQuery()).collect()
                        #expect(stored.count > 50)
                        for one in stored.reversed() { try await write(one, python, to: writer) }
                    }
                    for table in Self.tables {
                        for (left, right) in [(source.name, target.name), (target.name, source.name)] {
                            let difference = try await source.value(
                                "SELECT count(*)::text FROM (TABLE \(left).\(table) EXCEPT TABLE \(right).\(table)) AS d"
                            )
                            #expect(difference == "0", "\(table)")
                        }
                    }
                }
            }
        }
    }

    /// Stores a checkpoint and its writes with the calls that Python made.
    private func write(_ one: StoredCheckpoint, _ python: PythonRows, to store: PostgresStore) async throws {
        let checkpoint = one.checkpoint
        try await store.put(
            checkpoint, newVersions: python.newVersions[checkpoint.id.rawValue] ?? checkpoint.channelVersions,
            fence: nil)
        for call in python.writes
        where call.checkpoint == checkpoint.id.rawValue && call.namespace == checkpoint.namespace.rawValue {
            let rows = one.pendingWrites.filter { $0.taskID.rawValue == call.task }
            let writes = call.channels.enumerated().compactMap { position, channel -> TaskWrites.Write? in
                let index = WriteIndex.special[channel] ?? position
                return rows.first { $0.index == index }.map { .init(channel, $0.value) }
            }
            guard writes.count == call.channels.count else { continue }
            try await store.putWrites(
                TaskWrites(
                    checkpoint: checkpoint.reference, taskID: TaskID(call.task), taskPath: call.path, writes: writes),
                fence: nil)
        }
    }

    @Test("are threads that a run continues, and that are listed once somebody adopts them")
    func adopted() async throws {
        let python = try PythonRows()
        try await StoreSchema.with { schema in
            try await schema.withStore { store in
                try await store.setUp()
                try await python.insert(into: schema)
                #expect(try await store.threads(ThreadQuery()).threads.isEmpty)
                let head = try #require(try await store.latest(in: "A", namespace: .root)).checkpoint
                let creation = try await store.create(NewRun("A", id: "run_1", at: 5))
                #expect(try await store.thread("A")?.head == head.id)
                var next = head
                next.parent = head.id
                next.id = CheckpointID.next(after: head.id, superstep: 1, now: 0)
                let fence = Fence(epoch: try #require(creation.lease).epoch, head: .exactly(head.id))
                try await store.put(next, newVersions: [:], fence: fence)
                #expect(
                    try await store.latest(in: "A", namespace: .root)?.checkpoint.channelValues == head.channelValues)

                let all = Set(python.rows.map(\.thread)).subtracting(["A"])
                let some = try await store.adoptThreads(owner: "ada", limit: 3) { _ in "found" }
                #expect(some.count == 3)
                let rest = try await store.adoptThreads(owner: "ada", labels: ["from": "python"]) { stored in
                    stored.checkpoint.channelValues["messages"].map { _ in "Chat" }
                }
                #expect(Set((some + rest).map(\.rawValue)) == all)
                #expect(try await store.adoptThreads(owner: "eve") { _ in nil }.isEmpty)
                let listed = try await store.threads(ThreadQuery(owner: "ada")).threads
                #expect(listed.count == all.count)
                // The dumps are of 23 November 2026.
                let day =
                    Timestamp(microseconds: 1_795_392_000_000_000)..<Timestamp(microseconds: 1_795_564_800_000_000)
                for thread in listed where thread.id != "J" && thread.id != "I" {
                    #expect(day.contains(thread.createdAt) && thread.updatedAt >= thread.createdAt, "\(thread)")
                    #expect(thread.head != nil && thread.lease == nil)
                }
                #expect(try await store.create(NewRun("B", id: "run_2", owner: "ada")).isNew)
            }
        }
    }
}
