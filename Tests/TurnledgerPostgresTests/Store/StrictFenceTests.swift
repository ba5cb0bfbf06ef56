// Turnledger. SPDX-License-Identifier: Apache-2.0

import Testing
import TurnledgerStore

@testable import TurnledgerPostgres

@Suite("A strict fence", .enabled(if: LivePostgres.isThere, LivePostgres.howTo))
struct StrictFenceTests {
    /// As another program writes: with LangGraph's own statements.
    private func writeAsPython(_ schema: StoreSchema, id: String) async throws {
        try await schema.execute(
            """
            INSERT INTO checkpoint_writes (thread_id, checkpoint_id, task_id, idx, channel, type, blob)
            VALUES ('t', '\(id)', 'python', 0, 'a', 'null', '')
            """,
            "INSERT INTO checkpoints (thread_id, checkpoint_id, checkpoint) VALUES ('t', '\(id)', '{\"id\": \"\(id)\"}')"
        )
    }

    @Test("refuses other programs' writes to a thread while a run holds it, and no longer")
    func foreign() async throws {
        try await StoreSchema.with { schema in
            try await schema.withStore(fence: .strict) { store in
                try await store.setUp()
                try await writeAsPython(schema, id: "1")
                let creation = try await store.create(NewRun("t", id: "run_1"))
                let lease = try #require(creation.lease)
                let error = await #expect(throws: PostgresError.self) { try await writeAsPython(schema, id: "2") }
                #expect(error?.sqlState == StrictFence.sqlState)
                // An unguarded writer of our own is another program here.
                let refused = await #expect(throws: StoreError.self) {
                    try await store.commit(Commit(checkpoints: [Checkpoint("t", "2").new]), fence: nil)
                }
                #expect(refused?.code == .conflict)
                try await store.commit(
                    Commit(checkpoints: [Checkpoint("t", "3").new]), fence: Fence(epoch: lease.epoch))
                try await store.finish(
                    RunID("run_1"), as: .succeeded, failure: nil, at: Timestamp(microseconds: 2),
                    fence: Fence(epoch: lease.epoch))
                try await writeAsPython(schema, id: "4")
                #expect(
                    try await store.list(CheckpointQuery(thread: "t", includesValues: false)).page(behind: nil)
                        .checkpoints.count == 3)
            }
        }
    }

    @Test("that another server made is noticed by a store that was set up before")
    func late() async throws {
        try await StoreSchema.with { schema in
            try await schema.withStore { store in
                try await store.setUp()
                let creation = try await store.create(NewRun("t", id: "run_1"))
                let fence = Fence(epoch: try #require(creation.lease).epoch)
                try await schema.withStore(fence: .strict) { try await $0.setUp() }
                try await store.commit(Commit(checkpoints: [Checkpoint("t", "1").new]), fence: fence)
                #expect(try await store.latest(in: "t", namespace: .root)?.checkpoint.id == CheckpointID("1"))
                try await store.removeStrictFence()
                try await writeAsPython(schema, id: "2")
                try await store.commit(Commit(checkpoints: [Checkpoint("t", "3").new]), fence: fence)
            }
        }
    }
}
