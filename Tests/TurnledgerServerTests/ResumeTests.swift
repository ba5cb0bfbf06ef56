// Turnledger. SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import HummingbirdTesting
import Testing
import TurnledgerAgent
import TurnledgerServer
import TurnledgerStore
import TurnledgerTesting

@Suite("Resuming a stream")
struct ResumeTests {
    private let runID = HTTPField.Name("x-workflow-run-id")!

    private func resume(_ client: any TestClientProtocol, _ id: String, from index: String? = nil) async throws
        -> TestResponse
    {
        try await client.get("/api/ai-sdk/chat/\(id)/stream" + (index.map { "?startIndex=\($0)" } ?? ""))
    }

    @Test("an idle or an unknown conversation has nothing to resume")
    func idle() async throws {
        let fixture = try ServerFixture([.text("Done.")])
        try await fixture.test { client in
            #expect(try await resume(client, "unknown").status == .noContent)
            try await client.say("Hello.", id: "u1")
            #expect(try await resume(client, "t").status == .noContent)
            #expect(try await resume(client, "run_unknown").status == .noContent)
        }
    }

    @Test("a conversation of another owner has nothing to resume")
    func otherOwner() async throws {
        let gate = Gate()
        let fixture = try ServerFixture([.text("Done.").waiting(at: gate)])
        let follower = try await fixture.service.begin(
            Turn(thread: "t", owner: "somebody", message: .human("Hello.", id: "u1")))
        try await fixture.test { client in
            let responses = [
                try await resume(client, "t"), try await resume(client, follower.run.rawValue),
            ]
            #expect(responses.map(\.status) == [.noContent, .noContent])
        }
        gate.open()
    }

    @Test("the stream of an active run begins with its first chunk and goes on to its end; the history waits for it")
    func active() async throws {
        let gate = Gate()
        let fixture = try ServerFixture([
            .toolCalls([.add(2, 3)], text: "Let me see."), .text("Five.").waiting(at: gate),
        ])
        let follower = try await fixture.service.begin(
            Turn(thread: "t", owner: "local", message: .human("Add.", id: "u1")))
        try await gate.reached()
        try await fixture.test { client in
            #expect(try await client.history().count == 1)
            async let resumed = resume(client, "t")
            gate.open()
            let response = try await resumed
            #expect(response.headers[runID] == follower.run.rawValue)
            try await StreamCheck.verify(stream: response.text)
            #expect(try chunks(of: response.text).deltas == "Let me see.Five.")
            #expect(try await client.history().count == 2)
        }
    }

    @Test("a client that counts its chunks gets the rest, whichever they are, also when the run has ended")
    func everyCut() async throws {
        let fixture = try ServerFixture([.toolCalls([.add(2, 3)], text: "Let me see. "), .text("It is five.")])
        try await fixture.test { client in
            let response = try await client.chat(ChatBody.last("Add.", id: "u1"))
            let run = try #require(response.headers[runID])
            let all = try chunks(of: response.text)
            for cut in 0...all.count {
                let rest = try await resume(client, run, from: "\(cut)")
                #expect(rest.status == .ok)
                #expect(try chunks(of: rest.text) == Array(all.dropFirst(cut)))
                #expect(rest.text.hasSuffix("data: [DONE]\n\n"))
            }
        }
    }

    @Test("a negative index counts from the last chunk, which a header names")
    func tail() async throws {
        let fixture = try ServerFixture([.text("It is five.")])
        try await fixture.test { client in
            let response = try await client.chat(ChatBody.last("Add.", id: "u1"))
            let run = try #require(response.headers[runID])
            let all = try chunks(of: response.text)
            let rest = try await resume(client, run, from: "-2")
            #expect(try chunks(of: rest.text) == Array(all.suffix(2)))
            #expect(rest.headers[HTTPField.Name("x-workflow-stream-tail-index")!] == "\(all.count - 1)")
            #expect(try chunks(of: await resume(client, run, from: "-1000").text) == all)
        }
    }

    @Test("a client that reconnects on its own gets a finish behind an error, and need not ask again")
    func failedRun() async throws {
        let failure = ModelError(.unavailable, "refused")
        let fixture = try ServerFixture([.failure(failure, after: [.textDelta("It is ")])])
        try await fixture.test { client in
            let response = try await client.chat(ChatBody.last("Add.", id: "u1"))
            let run = try #require(response.headers[runID])
            let seen = try chunks(of: response.text)
            #expect(seen.types.last == "error")
            let all = try chunks(of: await resume(client, run, from: "0").text)
            #expect(all.types.suffix(2) == ["error", "finish"])
            let rest = try chunks(of: await resume(client, run, from: "\(seen.count)").text)
            #expect(rest.types == ["finish"])
        }
    }

    @Test("an index that is no number is refused in one sentence")
    func badIndex() async throws {
        let gate = Gate()
        let fixture = try ServerFixture([.text("Done.").waiting(at: gate)])
        _ = try await fixture.service.begin(Turn(thread: "t", owner: "local", message: .human("Hello.", id: "u1")))
        try await fixture.test { client in
            let response = try await resume(client, "t", from: "two")
            #expect(response.status == .badRequest)
            #expect(response.text.contains("startIndex"))
        }
        gate.open()
    }
}
