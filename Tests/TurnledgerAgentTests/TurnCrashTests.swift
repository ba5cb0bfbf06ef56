// Turnledger. SPDX-License-Identifier: Apache-2.0

import Testing
import TurnledgerAgent
import TurnledgerGraph
import TurnledgerStore
import TurnledgerTesting

@Suite("A turn whose store fails or whose process dies")
struct TurnCrashTests {
    private func quick(_ history: RunHistory) -> AgentConfiguration {
        AgentConfiguration(leaseDuration: .milliseconds(60), storage: ThreadStorage(history: history))
    }

    /// Asks for two sums, then answers: the same whichever attempt it is asked in.
    private func model() -> ScriptedModel {
        ScriptedModel { request, _ in
            let answers = request.messages.count { $0.role == .tool }
            return answers == 0 ? .toolCalls([.add(1, 2, id: "c1"), .add(3, 4, id: "c2")]) : .text("3 and 7.")
        }
    }

    /// Follows a turn to its end: again where what was followed was superseded by a new attempt.
    private func untilFollowed(_ service: AgentService, _ turn: Turn) async throws -> [RunEvent] {
        for _ in 0..<3 {
            do {
                return try await service.begin(turn).all()
            } catch let error as AgentError where error.code == .unavailable {}
        }
        return try await service.begin(turn).all()
    }

    @Test(
        "ends the same, whichever store call it happens at: nothing lost, nothing twice",
        arguments: FaultInjectingStore.Fault.allCases, RunHistory.allCases)
    func everyCall(_ fault: FaultInjectingStore.Fault, _ history: RunHistory) async throws {
        let quick = quick(history)
        let turn = Turn(thread: "t", owner: "", message: .human("1+2? 3+4?", id: "u1"))
        let counting = FaultInjectingStore(InMemoryStore())
        _ = try await AgentService.make(store: counting, model: model(), configuration: quick).begin(turn).all()
        let calls = counting.callCount
        #expect(calls >= 8)

        for call in 1...calls {
            let store = InMemoryStore()
            let faulty = FaultInjectingStore(store, failingAt: call, with: fault)
            let first = try AgentService.make(store: faulty, model: model(), configuration: quick)
            do {
                _ = try await first.begin(turn).all()
            } catch is AgentError {}
            await first.drain(within: .zero)

            // A client that got no answer sends its message again, to a server that has taken up what was left.
            let second = try AgentService.make(store: store, model: model(), configuration: quick)
            let serving = Task { try await second.run() }
            let events = try await untilFollowed(second, turn)
            #expect(events.last == .finished(.stop), "call \(call)")
            // A run whose last events are in the log and whose row was not ended is ended by whoever takes it up.
            try await store.untilIdle()
            serving.cancel()
            _ = await serving.result
            await second.drain(within: .seconds(5))

            let messages = try await second.messages(of: "t")
            let roles: [Message.Role] = [.human, .ai, .tool, .tool, .ai]
            #expect(messages.map(\.role) == roles, "call \(call), \(counting.calls[call - 1])")
            #expect(Set(messages.map(\.id)).count == messages.count)
            #expect(try await store.unfinishedRuns(in: nil).isEmpty)
        }
    }
}
