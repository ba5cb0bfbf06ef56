// Turnledger. SPDX-License-Identifier: Apache-2.0

import Testing
import TurnledgerStore

@testable import TurnledgerAgent

@Suite("A message's payload")
struct MessageTests {
    private func hex(_ message: Message) -> String {
        MessagePack.encode(message.payload).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// The bytes of reference/langgraph-postgres.md, section 3.5.
    @Test("is what LangChain's serializer writes, byte for byte")
    func golden() {
        #expect(
            hex(.human("hi", id: "h1"))
                == "c7890594bd6c616e67636861696e5f636f72652e6d657373616765732e68756d616eac48756d616e4d65737361676586a7636f6e74656e74a26869b16164646974696f6e616c5f6b776172677380b1726573706f6e73655f6d6574616461746180a474797065a568756d616ea46e616d65c0a26964a26831b36d6f64656c5f76616c69646174655f6a736f6e"
        )
        let call = ToolCall(id: "call_1", name: "add", arguments: ["a": 1, "b": 2])
        #expect(
            hex(.ai("", id: "a2", toolCalls: [call]))
                == "c7dd0594ba6c616e67636861696e5f636f72652e6d657373616765732e6169a941494d65737361676589a7636f6e74656e74a0b16164646974696f6e616c5f6b776172677380b1726573706f6e73655f6d6574616461746180a474797065a26169a46e616d65c0a26964a26132aa746f6f6c5f63616c6c739184a46e616d65a3616464a46172677382a16101a16202a26964a663616c6c5f31a474797065a9746f6f6c5f63616c6cb2696e76616c69645f746f6f6c5f63616c6c7390ae75736167655f6d65746164617461c0b36d6f64656c5f76616c69646174655f6a736f6e"
        )
        #expect(
            hex(.tool("3", answering: call, id: "t1"))
                == "c7b50594bc6c616e67636861696e5f636f72652e6d657373616765732e746f6f6cab546f6f6c4d65737361676589a7636f6e74656e74a133b16164646974696f6e616c5f6b776172677380b1726573706f6e73655f6d6574616461746180a474797065a4746f6f6ca46e616d65a3616464a26964a27431ac746f6f6c5f63616c6c5f6964a663616c6c5f31a86172746966616374c0a6737461747573a773756363657373b36d6f64656c5f76616c69646174655f6a736f6e"
        )
    }

    @Test("reads back as the same message, fields that are not known among them")
    func roundTrip() throws {
        var message = Message.ai(
            "text", id: "a", toolCalls: [ToolCall(id: "c", name: "n", arguments: ["x": [1.5, .null]])])
        message.usage = TokenUsage(input: 3, output: 4, cachedInput: 1, reasoning: 2)
        message.additionalKwargs = ["turnledger": ["a": 1]]
        message.extra = ["example": false]
        message.invalidToolCalls = [InvalidToolCall(id: "i", name: nil, arguments: "{", error: "e")]
        #expect(Message(message.payload) == message)
        let blocks = Message(
            role: .human, content: .blocks([["type": "text", "text": "a"], ["type": "image_url"]]), id: "h")
        #expect(Message(blocks.payload) == blocks)
        #expect(blocks.text == "a")
    }

    @Test("is also read from a plain dictionary, as LangGraph takes it")
    func dictionary() {
        #expect(Message(["role": "user", "content": "hi"])?.role == .human)
        #expect(Message(["role": "assistant", "content": "hi"])?.role == .ai)
        #expect(Message(.integer(3)) == nil)
    }
}

@Suite("The list of messages")
struct MessageListTests {
    private func ids(_ value: PayloadValue) -> [String?] { MessageList.messages(of: value).map(\.id) }

    @Test("appends, replaces by id in place, and removes")
    func rules() throws {
        var list = try MessageList.add(
            nil, .array([Message.human("a", id: "1").payload, Message.ai("b", id: "2").payload]))
        list = try MessageList.add(
            list, .array([Message.human("A", id: "1").payload, Message.human("c", id: "3").payload]))
        #expect(MessageList.messages(of: list).map(\.text) == ["A", "b", "c"])
        let removal = Message(role: .other("remove"), content: .text(""), id: "2")
        list = try MessageList.add(list, .array([removal.payload]))
        #expect(ids(list) == ["1", "3"])
        let all = Message(role: .other("remove"), content: .text(""), id: "__remove_all__")
        list = try MessageList.add(list, .array([all.payload, Message.human("new", id: "9").payload]))
        #expect(ids(list) == ["9"])
    }

    @Test("gives a message an id that has none, and keeps a foreign one's bytes")
    func identity() throws {
        let foreign = PayloadValue.ext(
            LangGraphExt.pydantic(
                module: "langchain_core.messages.human", name: "HumanMessage",
                fields: ["content": "hi", "type": "human", "id": "x", "example": false]))
        let list = try MessageList.add([], .array([foreign, ["role": "user", "content": "plain"]]))
        #expect(list.array?.first == foreign)
        #expect(ids(list).last != Optional(nil))
    }

    @Test("is repaired for the model: calls answered behind their message, answers without a call left out")
    func repair() {
        let call = ToolCall(id: "c1", name: "n", arguments: [:])
        let other = ToolCall(id: "c2", name: "n", arguments: [:])
        let repaired = MessageRepair.repaired([
            .human("q", id: "1"), .ai("", id: "2", toolCalls: [call, other]), .human("never mind", id: "3"),
            .tool("late", answering: call, id: "4"),
            .tool("orphan", answering: ToolCall(id: "c9", name: "n", arguments: [:]), id: "5"),
        ])
        #expect(repaired.map(\.role) == [.human, .ai, .tool, .tool, .human])
        #expect(repaired[2].text == "late")
        #expect(repaired[3].status == .error)
    }
}
