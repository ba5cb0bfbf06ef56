// Turnledger. SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import HummingbirdTesting
import NIOCore
import Testing
import TurnledgerAgent
import TurnledgerServer
import TurnledgerStore
import TurnledgerTesting

/// A tool that was found while the server ran.
private struct FoundTool: Tool {
    struct Arguments: Decodable { var number: Int }

    let name = "found"
    let description = "Doubles."
    let isDynamic = true

    func call(arguments: Arguments) async throws -> [String: Int] {
        if arguments.number < 0 { throw ToolError("Not below 0.") }
        return ["double": arguments.number * 2]
    }
}

@Suite("Dynamic tools")
struct DynamicToolTests {
    private func call(_ number: JSONValue, id: String) -> ToolCall {
        ToolCall(id: id, name: "found", arguments: ["number": number])
    }

    @Test("all chunks of their calls say so, and no others; the history has dynamic parts")
    func chunksAndParts() async throws {
        let calls = [call(2, id: "d1"), call(-1, id: "d2"), call("x", id: "d3"), .add(1, 2)]
        let fixture = try ServerFixture([.toolCalls(calls), .text("Done.")], tools: [FoundTool(), AddTool()])
        try await fixture.test { client in
            let all = try chunks(of: await client.say("Double.", id: "u1"))
            for chunk in all where chunk["toolCallId"] != nil {
                let isDynamic = chunk["toolCallId"]?.string?.hasPrefix("d") == true
                #expect(chunk["dynamic"] == (isDynamic ? true : nil), "\(chunk)")
            }
            #expect(all.count { $0["dynamic"] == true } == 5)
            let parts = try await client.history()[1]["parts"]?.array ?? []
            let tools = parts.filter { $0["toolCallId"] != nil }
            #expect(tools.map { $0["type"] } == ["dynamic-tool", "dynamic-tool", "dynamic-tool", "tool-add"])
            #expect(tools.prefix(3).allSatisfy { $0["toolName"] == "found" })
            #expect(
                tools.map { $0["state"] } == ["output-available", "output-error", "output-error", "output-available"])
            #expect(tools[0]["output"] == ["double": 4])
        }
    }

    @Test("the result says so also in the stream that goes on behind an approval")
    func approval() async throws {
        let fixture = try ServerFixture(
            [.toolCalls([call(2, id: "d1")]), .text("Four.")], tools: [FoundTool()], approval: [ApprovalRule()])
        let headers: HTTPFields = [HTTPField.Name("x-turnledger-profile")!: "v6"]
        try await fixture.test { client in
            let asked = try chunks(of: await client.chat(ChatBody.last("Double.", id: "u1"), headers: headers).text)
            let message = try #require(asked.first?["messageId"])
            let id = try #require(asked.first("tool-approval-request")?["approvalId"])
            let part: JSONValue = [
                "type": "dynamic-tool", "toolName": "found", "toolCallId": "d1", "state": "approval-responded",
                "input": [:], "approval": ["id": id, "approved": true],
            ]
            let body: JSONValue = [
                "id": "t", "messages": [["id": message, "role": "assistant", "parts": [part]]],
                "trigger": "submit-message", "messageId": message,
            ]
            let response = try await client.chat(body.text, headers: headers)
            let output = try chunks(of: response.text).first("tool-output-available")
            #expect(output?["dynamic"] == true && output?["output"] == ["double": 4])
        }
    }
}
