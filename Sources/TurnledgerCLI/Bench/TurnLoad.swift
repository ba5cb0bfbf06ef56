// Turnledger. SPDX-License-Identifier: Apache-2.0

import TurnledgerAgent
import TurnledgerStore

/// Many turns on several threads at once; each thread talks one turn after another and begins anew after ten.
struct TurnLoad: Sendable {
    let service: AgentService
    let question: String
    let threads: Int
    let turns: Int

    /// Runs all turns to their ends and returns how long each took, in seconds.
    func run(label: String) async throws -> [Double] {
        try await withThrowingTaskGroup(of: [Double].self) { group in
            for number in 0..<threads {
                group.addTask { try await talk("\(label)-\(number)", turns: turns / threads) }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
    }

    private func talk(_ name: String, turns: Int) async throws -> [Double] {
        let clock = ContinuousClock()
        var latencies: [Double] = []
        for turn in 0..<turns {
            let begun = clock.now
            let thread = ThreadID("\(name)-\(turn / 10)")
            let follower = try await service.begin(
                Turn(thread: thread, owner: "", message: .human(question, id: "m\(turn)")))
            for try await _ in follower {}
            latencies.append((clock.now - begun).seconds)
        }
        return latencies
    }
}

/// A model that answers at once: one tool call, then a sentence.
struct StubModel: ModelClient {
    let name = "stub"

    func stream(_ request: ModelRequest) async throws(ModelError) -> ModelStream {
        let isAnswered = request.messages.last?.role == .tool
        let call = ToolCall(id: "call-\(request.messages.count)", name: "echo", arguments: ["text": "hello"])
        return ModelStream { continuation in
            if isAnswered {
                for word in ["The ", "tool ", "said ", "hello."] { continuation.yield(.textDelta(word)) }
                continuation.yield(.finished(.stop))
            } else {
                continuation.yield(.toolCall(call))
                continuation.yield(.finished(.toolCalls))
            }
            continuation.finish()
        }
    }

    func check() async throws(ModelError) {}
}

/// Says what it is told.
struct StubTool: Tool {
    struct Arguments: Decodable { var text: String }

    let name = "echo"
    let description = "Says what it is told."

    func call(arguments: Arguments) async throws -> String { arguments.text }
}
