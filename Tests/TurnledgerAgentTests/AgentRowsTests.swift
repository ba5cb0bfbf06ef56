// Turnledger. SPDX-License-Identifier: Apache-2.0

import Testing
import TurnledgerAgent
import TurnledgerStore
import TurnledgerTesting

@Suite("The rows of an agent's turn")
struct AgentRowsTests {
    /// What `create_agent` writes for the same turn: reference/langgraph-postgres.md, section 4.1.
    @Test("have the shape that Python's create_agent gives them")
    func shape() async throws {
        let store = InMemoryStore()
        let service = try AgentService.make(
            store: store, model: ScriptedModel([.toolCalls([.add(1, 2)]), .text("The answer is 3.")]))
        try await service.turn("1+2?")
        let rows = try await store.list(CheckpointQuery(thread: "t")).collect().reversed() as [StoredCheckpoint]
        try #require(rows.count == 5)

        #expect(rows.map(\.checkpoint.metadata.step) == [-1, 0, 1, 2, 3])
        #expect(rows.map(\.checkpoint.metadata.source) == [.input, .loop, .loop, .loop, .loop])
        let versions = rows.map { $0.checkpoint.channelVersions.mapValues(\.counter) }
        #expect(
            versions == [
                ["__start__": 1],
                ["__start__": 2, "messages": 2, "branch:to:model": 2],
                ["__start__": 2, "messages": 3, "branch:to:model": 3, "__pregel_tasks": 3],
                ["__start__": 2, "messages": 4, "branch:to:model": 4, "__pregel_tasks": 4],
                ["__start__": 2, "messages": 5, "branch:to:model": 5, "__pregel_tasks": 4],
            ])
        let updated: [[String]] = [
            ["__start__"], ["branch:to:model", "messages"], ["__pregel_tasks", "messages"],
            ["branch:to:model", "messages"], ["messages"],
        ]
        #expect(rows.map(\.checkpoint.updatedChannels) == updated)
        let seen = rows.map { $0.checkpoint.versionsSeen.mapValues { $0.mapValues(\.counter) } }
        #expect(
            seen == [
                ["__input__": [:]],
                ["__input__": [:], "__start__": ["__start__": 1]],
                ["__input__": [:], "__start__": ["__start__": 1], "model": ["branch:to:model": 2]],
                ["__input__": [:], "__start__": ["__start__": 1], "model": ["branch:to:model": 2], "tools": [:]],
                ["__input__": [:], "__start__": ["__start__": 1], "model": ["branch:to:model": 4], "tools": [:]],
            ])
        let values = rows.map { $0.checkpoint.channelValues.mapValues(\.type) }
        #expect(values[0] == ["__start__": "msgpack"])
        #expect(values[1] == ["messages": "msgpack", "branch:to:model": "null"])
        #expect(values[2] == ["messages": "msgpack", "__pregel_tasks": "msgpack"])
        #expect(values[3] == ["messages": "msgpack", "__pregel_tasks": "msgpack", "branch:to:model": "null"])
        #expect(values[4] == ["messages": "msgpack", "__pregel_tasks": "msgpack"])
        #expect(rows[3].checkpoint.channelValues["__pregel_tasks"]?.bytes == [0x90])

        let writes = rows.map { $0.pendingWrites.map { "\($0.taskPath) \($0.index) \($0.channel) \($0.value.type)" } }
        #expect(
            writes == [
                ["~__pregel_pull, __start__ 0 messages msgpack", "~__pregel_pull, __start__ 1 branch:to:model null"],
                ["~__pregel_pull, model 0 messages msgpack", "~__pregel_pull, model 1 __pregel_tasks msgpack"],
                [
                    "~__pregel_push, 0000000000, 0000000000 0 messages msgpack",
                    "~__pregel_push, 0000000000, 0000000000 1 branch:to:model null",
                ],
                ["~__pregel_pull, model 0 messages msgpack"],
                [],
            ])
        let task = TaskID.push(
            checkpoint: rows[2].checkpoint.id, namespace: "tools", superstep: 2, node: "tools", index: 0)
        #expect(rows[2].pendingWrites.allSatisfy { $0.taskID == task })
    }
}
