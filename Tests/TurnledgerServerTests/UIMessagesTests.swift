// Turnledger. SPDX-License-Identifier: Apache-2.0

import Testing
import TurnledgerAgent
import TurnledgerServer
import TurnledgerStore

@Suite("UI messages of a thread")
struct UIMessagesTests {
    private func verified(_ messages: [Message]) async throws -> [JSONValue] {
        let derived = UIMessages.messages(from: messages)
        try await StreamCheck.verify(history: JSONValue.object(["messages": .array(derived)]).text)
        return derived
    }

    @Test("puts all of a turn into one message with the id of its first AI message")
    func turns() async throws {
        let call = ToolCall.add(1, 2)
        let messages = try await verified([
            .system("Be brief.", id: "s"), .human("One?", id: "u1"), .ai("", id: "a1", toolCalls: [call]),
            .tool(#"{"sum":3}"#, answering: call, id: "t1"), .ai("Three.", id: "a2"), .human("Two?", id: "u2"),
            .ai("Two.", id: "a3"), .human("Three?", id: "u3"),
        ])
        #expect(messages.compactMap { $0["id"]?.string } == ["s", "u1", "a1", "u2", "a3", "u3"])
        #expect(messages[0]["role"] == "system")
        let parts = messages[2]["parts"]?.array ?? []
        #expect(parts.types == ["step-start", "tool-add", "step-start", "text"])
        #expect(parts[1]["input"] == ["a": 1, "b": 2])
        #expect(parts[1]["output"] == ["sum": 3])
    }

    @Test("shows calls that were never answered, failed ones and ones that could not be read")
    func toolStates() async throws {
        let open = ToolCall.add(1, 2, id: "open")
        let failed = ToolCall.add(-1, 2, id: "failed")
        let text = ToolCall.find("x", id: "text")
        var message = Message.ai("", id: "a1", toolCalls: [open, failed, text])
        message.invalidToolCalls = [InvalidToolCall(id: nil, name: nil, arguments: "{a", error: nil)]
        let messages = try await verified([
            .human("Do.", id: "u"), message, .tool("No.", answering: failed, status: .error),
            .tool("Plain words.", answering: text),
        ])
        let parts = messages[1]["parts"]?.array?.dropFirst().map { $0 } ?? []
        #expect(
            parts.map { $0["state"]?.string } == [
                "input-available", "output-error", "output-available", "output-error",
            ])
        #expect(parts[1]["errorText"] == "No.")
        #expect(parts[2]["output"] == "Plain words.")
        #expect(parts[3]["rawInput"] == "{a")
        #expect(Set(parts.compactMap { $0["toolCallId"]?.string }).count == 4)
    }

    @Test("takes messages that other programs wrote: content blocks, reasoning, no ids, classes it does not know")
    func foreignMessages() async throws {
        let user = Message(
            role: .human,
            content: .blocks([
                ["type": "text", "text": "Look"],
                ["type": "image_url", "image_url": ["url": "https://example.org/a.png"]],
                ["type": "something_new", "x": 1],
            ]))
        let answer = Message(
            role: .ai,
            content: .blocks([["type": "thinking", "thinking": "Hm."], ["type": "text", "text": "A door."]]),
            usage: TokenUsage(input: 1, output: 2))
        let messages = try await verified([
            user, answer, Message(role: .other("custom"), content: .text("Note."), id: "o"),
        ])
        #expect(messages[0]["parts"]?.array?.types == ["text", "file"])
        #expect(messages[1]["parts"]?.array?.types == ["step-start", "reasoning", "text", "step-start", "text"])
        #expect(messages[1]["metadata"]?["usage"]?["totalTokens"] == 3)
        #expect(Set(messages.compactMap { $0["id"]?.string }).count == 2)
    }

    @Test("an empty user message still has a part, and a thread without messages none")
    func empty() async throws {
        #expect(try await verified([.human("", id: "u")])[0]["parts"] == [["type": "text", "text": ""]])
        #expect(UIMessages.messages(from: []).isEmpty)
    }
}
