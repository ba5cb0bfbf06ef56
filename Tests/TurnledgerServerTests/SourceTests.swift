// Turnledger. SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import HummingbirdTesting
import NIOCore
import Testing
import TurnledgerAgent
import TurnledgerServer
import TurnledgerStore
import TurnledgerTesting

/// Finds three clauses, one of them on the web.
private struct ClauseTool: SourceTool {
    struct Arguments: Decodable {}

    let name = "clauses"
    let description = "Finds clauses."

    func call(arguments: Arguments) async throws -> [String: [String]] { ["found": ["5.2", "5.2.1", "7"]] }

    func sources(in result: JSONValue) -> [CitableSource] {
        (result["found"]?.array ?? []).compactMap(\.string).map { number in
            CitableSource(
                AnswerSource(
                    id: "A#\(number)", title: "A, \(number)",
                    url: number == "7" ? "https://example.org/7" : nil),
                names: ["A#\(number)", "A, \(number)"])
        }
    }
}

@Suite("Sources of answers")
struct SourceTests {
    private let call = ToolCall(id: "call_c", name: "clauses", arguments: [:])

    private func fixture(_ answer: String) throws -> ServerFixture {
        try ServerFixture([.toolCalls([call]), .text(answer), .text("And A, 7.")], tools: [ClauseTool()])
    }

    @Test("what an answer cites is a part of it, in the stream as in the history, and nothing else is")
    func cited() async throws {
        let fixture = try fixture("As A, 5.2.1 has it (A#7; see A, 5.2.1).")
        try await fixture.test { client in
            let stream = try chunks(of: await client.say("Width?", id: "u1"))
            let shown = stream.filter { $0["type"]?.string?.hasPrefix("source-") == true }
            #expect(
                shown == [
                    [
                        "type": "source-document", "sourceId": "A#5.2.1", "mediaType": "text/plain",
                        "title": "A, 5.2.1",
                    ],
                    ["type": "source-url", "sourceId": "A#7", "url": "https://example.org/7", "title": "A, 7"],
                ])
            let parts = try await client.history()[1]["parts"]?.array ?? []
            #expect(parts.filter { $0["type"]?.string?.hasPrefix("source-") == true } == shown)
            // They belong to the step that cites them: the last one.
            #expect(Array(parts.suffix(2)) == shown)
        }
    }

    @Test("what an earlier answer has found is no source of the next one; who resumes sees the same sources")
    func turns() async throws {
        let fixture = try fixture("A, 5.2.")
        try await fixture.test { client in
            let first = try await client.chat(ChatBody.last("Width?", id: "u1"))
            let run = try #require(first.headers[HTTPField.Name("x-workflow-run-id")!])
            #expect(try chunks(of: first.text).first("source-document")?["sourceId"] == "A#5.2")
            let again = try await client.get("/api/ai-sdk/chat/\(run)/stream?startIndex=0")
            #expect(try chunks(of: again.text) == chunks(of: first.text))
            let next = try chunks(of: await client.say("And?", id: "u2"))
            #expect(next.deltas == "And A, 7." && next.first("source-url") == nil)
        }
    }

    @Test("clients of version 4 get the sources that have an address")
    func dataStream() async throws {
        let fixture = try fixture("A, 5.2 and A, 7.")
        try await fixture.test { client in
            let body = #"{"id":"t","messages":[{"role":"user","content":"Width?"}]}"#
            let stream = try await client.chat(body).text
            try await StreamCheck.verify(data: stream)
            let lines = stream.split(separator: "\n").filter { $0.hasPrefix("h:") }
            #expect(lines.count == 1 && lines[0].contains(#""url":"https://example.org/7""#))
        }
    }
}

@Suite("Durations of answers")
struct DurationTests {
    @Test("are told with the answer, the first token's and the whole, and stay with the message")
    func durations() async throws {
        let fixture = try ServerFixture([.text("One two.")])
        try await fixture.test { client in
            let stream = try chunks(of: await client.say("Count.", id: "u1"))
            let all = stream.compactMap { $0["messageMetadata"]?["durations"] }
            let told = try #require(all.last)
            let first = try #require(told["firstToken"]?.integer)
            let total = try #require(told["total"]?.integer)
            #expect(0 <= first && first <= total)
            #expect(try await client.history()[1]["metadata"]?["durations"] == told)
        }
    }
}
