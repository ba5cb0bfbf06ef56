// Turnledger. SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import HummingbirdTesting
import NIOCore
import Testing
import TurnledgerAgent
import TurnledgerServer
import TurnledgerStore
import TurnledgerTesting

/// What a client of the protocol does with a conversation: it sends the whole of it back.
private struct Client {
    let client: any TestClientProtocol
    var profile = ClientProfile.v6

    private var headers: HTTPFields { [HTTPField.Name("x-turnledger-profile")!: profile.rawValue] }

    func ask(_ text: String, id: String) async throws -> [JSONValue] {
        let response = try await client.chat(ChatBody.last(text, id: id), headers: headers)
        try await StreamCheck.verify(stream: response.text, for: profile)
        return try chunks(of: response.text)
    }

    func history() async throws -> [JSONValue] {
        let response = try await client.get("/api/threads/t/messages", headers: headers)
        try await StreamCheck.verify(history: response.text)
        return response.json["messages"]?.array ?? []
    }

    /// Changes the parts of the last message that are calls, and sends the conversation back.
    func answer(_ changes: [String: JSONObject], to messages: [JSONValue]) async throws -> TestResponse {
        var messages = messages
        var message = try #require(messages.popLast()?.object)
        let parts = (message["parts"]?.array ?? []).map { part -> JSONValue in
            guard var object = part.object, let change = changes[part["toolCallId"]?.string ?? ""] else { return part }
            for member in change { object[member.key] = member.value }
            return .object(object)
        }
        message["parts"] = .array(parts)
        let id = try #require(message["id"])
        let body: JSONValue = [
            "id": "t", "messages": .array(messages + [.object(message)]), "trigger": "submit-message", "messageId": id,
        ]
        return try await client.chat(body.text, headers: headers)
    }

    func stream(
        _ changes: [String: JSONObject], to messages: [JSONValue], sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> [JSONValue] {
        let response = try await answer(changes, to: messages)
        #expect(response.status == .ok, "\(response.text)", sourceLocation: sourceLocation)
        try await StreamCheck.verify(
            stream: response.text, for: profile,
            known: (messages.last?["parts"]?.array ?? []).compactMap { $0["toolCallId"]?.string },
            continuing: messages.last?["id"]?.string,
            sourceLocation: sourceLocation)
        return try chunks(of: response.text)
    }

    static func decision(_ part: JSONValue, _ approved: Bool, reason: String? = nil) -> JSONObject {
        var approval: JSONObject = ["id": part["approval"]?["id"] ?? "", "approved": .bool(approved)]
        if let reason { approval["reason"] = .string(reason) }
        return ["state": "approval-responded", "approval": .object(approval)]
    }
}

extension [JSONValue] {
    /// The last message's part of a call.
    fileprivate func call(_ id: String) throws -> JSONValue {
        try #require(last?["parts"]?.array?.first { $0["toolCallId"]?.string == id })
    }
}

@Suite("Approval of tool calls")
struct ApprovalTests {
    private func fixture(_ answers: ScriptedModel.Answer..., store: any ConversationStore = InMemoryStore()) throws
        -> ServerFixture
    {
        try ServerFixture(answers, store: store, approval: [ApprovalRule(tool: "add")])
    }

    @Test(
        "asks, runs the tool once it is allowed, and goes on with the same message", arguments: [ClientProfile.v6, .v7])
    func approved(_ profile: ClientProfile) async throws {
        let fixture = try fixture(.toolCalls([.add(1, 2), .find("x")], text: "May I?"), .text("Three."))
        try await fixture.test { http in
            let client = Client(client: http, profile: profile)
            let asked = try await client.ask("1+2?", id: "u1")
            #expect(asked.last?["finishReason"] == "tool-calls")
            let request = try #require(asked.first("tool-approval-request"))
            #expect(request["toolCallId"] == "call_1")
            // What needs no leave has run.
            #expect(asked.first("tool-output-available")?["toolCallId"] == "call_2")
            #expect(fixture.model.requestCount == 1)
            #expect(try await fixture.store.thread("t")?.status == .interrupted)
            #expect(try await http.get("/api/ai-sdk/chat/t/stream").status == .noContent)

            let before = try await client.history()
            #expect(try before.call("call_1")["state"] == "approval-requested")
            #expect(try before.call("call_1")["approval"]?["id"] == request["approvalId"])
            #expect(try before.call("call_2")["state"] == "output-available")
            let answer = ["call_1": Client.decision(try before.call("call_1"), true)]
            let stream = try await client.stream(answer, to: before)
            #expect(stream.first?["messageId"] == before.last?["id"])
            #expect(stream.first("tool-output-available")?["output"] == ["sum": 3])
            #expect(stream.deltas == "Three.")
            let after = try await client.history()
            #expect(after.count == 2)
            #expect(after.last?["id"] == before.last?["id"])
            #expect(try after.call("call_1")["output"] == ["sum": 3])
            #expect(
                fixture.model.requests[1].messages.filter { $0.role == .tool }.map(\.toolCallID) == [
                    "call_1", "call_2",
                ])
        }
    }

    @Test("a denial is told to the model with its reason, and the tool does not run")
    func denied() async throws {
        let fixture = try fixture(.toolCalls([.add(1, 2)]), .text("As you wish."))
        try await fixture.test { http in
            let client = Client(client: http)
            _ = try await client.ask("1+2?", id: "u1")
            let before = try await client.history()
            let answer = ["call_1": Client.decision(try before.call("call_1"), false, reason: "Too risky.")]
            let stream = try await client.stream(answer, to: before)
            #expect(stream.types.contains("tool-output-denied"))
            #expect(stream.deltas == "As you wish.")
            #expect(fixture.model.requests[1].messages.last?.text == "Too risky.")
            let after = try await client.history()
            #expect(try after.call("call_1")["state"] == "output-denied")
        }
    }

    @Test("an answer that comes twice runs the tool once; another answer to the same question is refused")
    func twice() async throws {
        let fixture = try fixture(.toolCalls([.add(1, 2)]), .text("Three."))
        try await fixture.test { http in
            let client = Client(client: http)
            _ = try await client.ask("1+2?", id: "u1")
            let before = try await client.history()
            let part = try before.call("call_1")
            let approval = ["call_1": Client.decision(part, true)]
            async let first = client.answer(approval, to: before)
            async let second = client.answer(approval, to: before)
            #expect(try await first.text == (try await second.text))
            #expect(try await client.answer(approval, to: before).text == (try await first.text))
            #expect(fixture.model.requestCount == 2)
            let refused = try await client.answer(["call_1": Client.decision(part, false)], to: before)
            #expect(refused.status == .badRequest)
            #expect(refused.text.contains("No tool call"))
        }
    }

    @Test("what a client says about the input, the tool or the approval's name changes nothing")
    func forged() async throws {
        let fixture = try fixture(.toolCalls([.add(1, 2)]), .text("Three."))
        try await fixture.test { http in
            let client = Client(client: http)
            _ = try await client.ask("1+2?", id: "u1")
            let before = try await client.history()
            var forged = Client.decision(try before.call("call_1"), true)
            for approval: JSONValue in [["id": "another", "approved": true], ["id": "x", "approved": "true"]] {
                var wrong = forged
                wrong["approval"] = approval
                #expect(try await client.answer(["call_1": wrong], to: before).status == .badRequest)
            }
            // An output for a tool of the server is no decision.
            let output: JSONObject = ["state": "output-available", "output": ["sum": 99]]
            #expect(try await client.answer(["call_1": output], to: before).status == .badRequest)
            forged["input"] = ["a": 1000, "b": 1000]
            forged["type"] = "tool-find"
            let stream = try await client.stream(["call_1": forged], to: before)
            #expect(stream.first("tool-output-available")?["output"] == ["sum": 3])
        }
    }

    @Test("a new message instead counts as a denial: nothing stays open, and the model can go on")
    func ignored() async throws {
        let fixture = try fixture(.toolCalls([.add(1, 2), .find("x")]), .text("Fine."))
        try await fixture.test { http in
            let client = Client(client: http)
            _ = try await client.ask("1+2?", id: "u1")
            #expect(try await client.ask("Never mind.", id: "u2").deltas == "Fine.")
            let messages = fixture.model.requests[1].messages
            #expect(messages.map(\.role) == [.human, .ai, .tool, .tool, .human])
            #expect(messages[2].isDenial)
            #expect(messages[3].status == .success)
            let history = try await client.history()
            #expect(history.count == 4)
            #expect(
                history[1]["parts"]?.array?.compactMap { $0["state"]?.string } == ["output-denied", "output-available"])
        }
    }

    @Test("a server that dies while a question is open: another one takes the answer, and asks nothing again")
    func deathWhileAsking() async throws {
        let store = InMemoryStore()
        let first = try fixture(.toolCalls([.add(1, 2)], text: "May I?"), store: store)
        try await first.test { http in _ = try await Client(client: http).ask("1+2?", id: "u1") }
        await first.service.drain(within: .zero)
        let second = try fixture(.text("Three."), store: store)
        try await second.test { http in
            let client = Client(client: http)
            let before = try await client.history()
            #expect(try before.call("call_1")["state"] == "approval-requested")
            let answer = ["call_1": Client.decision(try before.call("call_1"), true)]
            let stream = try await client.stream(answer, to: before)
            #expect(stream.first("tool-output-available")?["output"] == ["sum": 3])
            #expect(stream.deltas == "Three.")
            #expect(try await client.history().count == 2)
        }
        #expect(first.model.requestCount == 1 && second.model.requestCount == 1)
    }

    @Test("two questions may be answered one after the other")
    func oneByOne() async throws {
        let fixture = try fixture(.toolCalls([.add(1, 2), .add(3, 4, id: "call_2")]), .text("Done."))
        try await fixture.test { http in
            let client = Client(client: http)
            _ = try await client.ask("?", id: "u1")
            let before = try await client.history()
            let first = try await client.stream(
                ["call_1": Client.decision(try before.call("call_1"), true)], to: before)
            #expect(first.first("tool-output-available")?["toolCallId"] == "call_1")
            #expect(first.last?["finishReason"] == "tool-calls")
            let between = try await client.history()
            #expect(try between.call("call_1")["state"] == "output-available")
            #expect(try between.call("call_2")["state"] == "approval-requested")
            let second = try await client.stream(
                ["call_2": Client.decision(try between.call("call_2"), false)], to: between)
            #expect(second.deltas == "Done.")
        }
    }

    @Test("clients that know no approvals get a call without an output, and answer it with one")
    func version5() async throws {
        for (output, status) in [(JSONValue.bool(true), "output-available"), (["approved": false], "output-error")] {
            let fixture = try fixture(.toolCalls([.add(1, 2)]), .text("Well."))
            try await fixture.test { http in
                let client = Client(client: http, profile: .conservative)
                let asked = try await client.ask("1+2?", id: "u1")
                #expect(asked.types.contains("tool-input-available"))
                let before = try await client.history()
                #expect(try before.call("call_1")["state"] == "input-available")
                let stream = try await client.stream(
                    ["call_1": ["state": "output-available", "output": output]], to: before)
                #expect(stream.deltas == "Well.")
                #expect(try await client.history().call("call_1")["state"]?.string == status)
            }
        }
    }

    @Test("a rule may ask for one owner's calls or some arguments only")
    func rules() async throws {
        let rules = [ApprovalRule(tool: "add", arguments: ["a": 9]), ApprovalRule(tool: "find", owner: "eve")]
        let fixture = try ServerFixture(
            [.toolCalls([.add(1, 2), .find("x")]), .text("Free."), .toolCalls([.add(9, 9)])], approval: rules)
        try await fixture.test { http in
            let client = Client(client: http)
            let free = try await client.ask("?", id: "u1")
            #expect(free.deltas == "Free.")
            let asked = try await client.ask("?", id: "u2")
            #expect(asked.types.contains("tool-approval-request"))
        }
    }

    @Test("a continuation that is resumed shows the whole message, which the history leaves out meanwhile")
    func resumed() async throws {
        let gate = Gate()
        let fixture = try fixture(.toolCalls([.add(1, 2)], text: "May I?"), .text("Three.").waiting(at: gate))
        try await fixture.test { http in
            let client = Client(client: http)
            _ = try await client.ask("1+2?", id: "u1")
            let before = try await client.history()
            let answer = ["call_1": Client.decision(try before.call("call_1"), true)]
            async let answering = client.answer(answer, to: before)
            try await gate.reached()
            #expect(try await client.history().count == 1)
            async let resuming = http.get("/api/ai-sdk/v6/chat/t/stream")
            gate.open()
            let resumed = try await resuming
            if resumed.status == .ok {
                try await StreamCheck.verify(stream: resumed.text, for: .v6)
                let all = try chunks(of: resumed.text)
                #expect(all.deltas == "May I?Three.")
                #expect(all.first?["messageId"] == before.last?["id"])
                #expect(all.types.contains("tool-input-available"))
            }
            #expect(try chunks(of: await answering.text).deltas == "Three.")
        }
    }
}

@Suite("Tools that run at the client")
struct ClientToolTests {
    private let tools = [
        ClientTool(
            name: "locate", description: "Says where the user is.",
            parameters: JSONSchema(json: [
                "type": "object", "properties": ["exact": ["type": "boolean"]], "required": ["exact"],
            ]))
    ]

    private func call(_ arguments: JSONObject = ["exact": true], id: String = "call_l") -> ToolCall {
        ToolCall(id: id, name: "locate", arguments: arguments)
    }

    @Test(
        "end the run with the call, and go on with the client's output or failure",
        arguments: [ClientProfile.conservative, .v7], [true, false])
    func output(_ profile: ClientProfile, _ succeeds: Bool) async throws {
        let fixture = try ServerFixture(
            [.toolCalls([call(), .add(1, 2)]), .text("In Lisbon.")], clientTools: tools)
        try await fixture.test { http in
            let client = Client(client: http, profile: profile)
            let asked = try await client.ask("Where am I?", id: "u1")
            #expect(asked.last?["finishReason"] == "tool-calls")
            #expect(!asked.types.contains("tool-approval-request"))
            #expect(fixture.model.requests[0].tools.map(\.name) == ["add", "find", "locate"])
            let before = try await client.history()
            #expect(try before.call("call_l")["state"] == "input-available")
            let answer: JSONObject =
                succeeds
                ? ["state": "output-available", "output": ["city": "Lisbon"]]
                : ["state": "output-error", "errorText": "No signal."]
            let stream = try await client.stream(["call_l": answer], to: before)
            #expect(stream.deltas == "In Lisbon.")
            #expect(stream.first?["messageId"] == before.last?["id"])
            let result = try #require(fixture.model.requests[1].messages.first { $0.toolCallID == "call_l" })
            #expect(result.text == (succeeds ? #"{"city":"Lisbon"}"# : "No signal."))
            let after = try await client.history()
            #expect(after.count == 2)
            #expect(try after.call("call_l")["state"]?.string == (succeeds ? "output-available" : "output-error"))
        }
    }

    @Test("a call that does not fit never reaches the client")
    func refused() async throws {
        let fixture = try ServerFixture([.toolCalls([call(["exact": "yes"])]), .text("Sorry.")], clientTools: tools)
        try await fixture.test { http in
            let asked = try await Client(client: http).ask("Where am I?", id: "u1")
            #expect(asked.types.contains("tool-input-error"))
            #expect(asked.deltas == "Sorry.")
        }
    }

    @Test("a server that dies in the continuation is followed by another that finishes it")
    func crash() async throws {
        let store = InMemoryStore()
        let first = try ServerFixture([.toolCalls([call()])], store: store, clientTools: tools)
        let turn = Turn(thread: "t", owner: "local", message: .human("Where?", id: "u1"))
        for try await _ in try await first.service.begin(turn) {}
        let stuck = try ServerFixture([.text("never").waiting(at: Gate())], store: store, clientTools: tools)
        let answer = CallAnswer(call: "call_l", content: .output(["city": "Lisbon"]))
        let follower = try await stuck.service.begin(Turn(thread: "t", owner: "local", action: .answer([answer])))
        while stuck.model.requestCount < 1 { await Task.yield() }
        await stuck.service.drain(within: .zero)

        let model = ScriptedModel([.text("In Lisbon.")])
        let next = try AgentService(
            store: store, model: model, tools: [], clientTools: tools,
            configuration: AgentConfiguration(leaseDuration: .milliseconds(100)), logger: .quiet)
        var run = try #require(try await store.unfinishedRuns(in: "t").first)
        run.lease?.duration = .milliseconds(100)
        _ = try await store.takeOver(
            run.run.id, observed: store.unfinishedRuns(in: "t").first?.lease, holder: "gone",
            duration: .milliseconds(100), at: Timestamp(microseconds: 1))
        let serving = Task { try await next.run() }
        defer { serving.cancel() }
        while try await !store.unfinishedRuns(in: "t").isEmpty { try await Task.sleep(for: .milliseconds(10)) }
        var events: [RunEvent] = []
        for try await batch in try await next.follow(follower.run) { events += batch }
        #expect(events.last == .finished(.stop))
        #expect(try await next.messages(of: "t").map(\.text) == ["Where?", "", #"{"city":"Lisbon"}"#, "In Lisbon."])
        #expect(model.requestCount == 1)
    }
}
