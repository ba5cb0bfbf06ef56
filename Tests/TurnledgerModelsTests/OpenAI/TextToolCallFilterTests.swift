// Turnledger. SPDX-License-Identifier: Apache-2.0

import Testing
import TurnledgerAgent
import TurnledgerStore

@testable import TurnledgerModels

@Suite("Tool calls written as text")
struct TextToolCallFilterTests {
    private static let tools = [ToolDescription(name: "search", description: "", parameters: ["type": "object"])]

    /// Feeds the pieces and returns the events, with neighbouring texts joined.
    private func run(_ pieces: [String], reason: FinishReason = .stop) -> [ModelEvent] {
        var filter = TextToolCallFilter(tools: Self.tools) { "id" }
        var events = pieces.flatMap { filter.take(.textDelta($0)) }
        events += filter.take(.finished(reason))
        return joined(events)
    }

    private func joined(_ events: [ModelEvent]) -> [ModelEvent] {
        events.reduce(into: []) { result, event in
            if case .textDelta(let new) = event, case .textDelta(let old) = result.last {
                result[result.count - 1] = .textDelta(old + new)
            } else {
                result.append(event)
            }
        }
    }

    private static let call = #"<tool_call>{"name":"search","arguments":{"query":"door"}}</tool_call>"#
    private static let found = ModelEvent.toolCall(ToolCall(id: "id", name: "search", arguments: ["query": "door"]))

    @Test("a tagged call is found however it is split")
    func everySplit() {
        let text = "Let me look. " + Self.call
        let expected: [ModelEvent] = [.textDelta("Let me look. "), Self.found, .finished(.toolCalls)]
        #expect(run([text]) == expected)
        #expect(run(text.map { String($0) }) == expected)
        for index in text.indices {
            #expect(run([String(text[..<index]), String(text[index...])]) == expected)
        }
    }

    @Test("several calls are found, and the white space around them goes")
    func several() {
        let second = "\n<tool_call>\n{\"name\": \"search\", \"parameters\": {\"query\": \"exit\"}}\n</tool_call>\n"
        let other = ModelEvent.toolCall(ToolCall(id: "id", name: "search", arguments: ["query": "exit"]))
        #expect(run(["\n", Self.call, second]) == [Self.found, other, .finished(.toolCalls)])
    }

    @Test("text around calls stays")
    func textAround() {
        #expect(
            run(["a", Self.call, " b"])
                == [.textDelta("a"), Self.found, .textDelta(" b"), .finished(.toolCalls)])
    }

    @Test("text before a call streams at once; only what may become a tag waits")
    func heldBack() {
        var filter = TextToolCallFilter(tools: Self.tools) { "id" }
        #expect(filter.take(.textDelta("The width is ")) == [.textDelta("The width is ")])
        #expect(filter.take(.textDelta("x <tool")) == [.textDelta("x ")])
        #expect(filter.take(.textDelta("box>")) == [.textDelta("<toolbox>")])
        #expect(filter.take(.textDelta("a < b")) == [.textDelta("a < b")])
        #expect(filter.take(.textDelta("<")) == [])
        #expect(filter.take(.finished(.stop)) == [.textDelta("<"), .finished(.stop)])
    }

    @Test("a call without its closing tag is found at the end")
    func unclosed() {
        #expect(run([String(Self.call.dropLast(12))]) == [Self.found, .finished(.toolCalls)])
    }

    @Test("JSON in a tag that cannot be read is an invalid call; other text in one stays text")
    func badTags() {
        let events = run([#"<tool_call>{"name": search}</tool_call>"#])
        guard case .invalidToolCall(let call) = events.first else {
            Issue.record("no invalid call: \(events)")
            return
        }
        #expect(call.arguments == "{\"name\": search}")
        let prose = "Write <tool_call> and </tool_call> around it."
        #expect(run([prose]) == [.textDelta(prose), .finished(.stop)])
        let nameless = "<tool_call>{\"a\":1}</tool_call>"
        #expect(run([nameless]) == [.textDelta(nameless), .finished(.stop)])
    }

    @Test("an answer that as a whole is a call of a declared tool is one", arguments: ["arguments", "parameters"])
    func wholeAnswer(_ key: String) {
        let text = " {\"name\": \"search\", \"\(key)\": {\"query\": \"door\"}}\n"
        #expect(run([text]) == [Self.found, .finished(.toolCalls)])
        #expect(run(text.map { String($0) }) == [Self.found, .finished(.toolCalls)])
    }

    @Test(
        "JSON answers that are no call stay text, whole",
        arguments: [
            #"{"name":"other","arguments":{}}"#, #"{"name":"search"}"#, #"{"name":"search","arguments":{}} and more"#,
            #"{"width":1.4}"#, "{ not JSON", "{}", #"Here: {"name":"search","arguments":{}}"#,
            #"{"name":"search","arguments":[1]}"#,
        ])
    func otherJSON(_ text: String) {
        #expect(run([text]) == [.textDelta(text), .finished(.stop)])
        #expect(run(text.map { String($0) }) == [.textDelta(text), .finished(.stop)])
    }

    @Test("a JSON answer with other keys streams as soon as that is plain")
    func jsonStreams() {
        var filter = TextToolCallFilter(tools: Self.tools) { "id" }
        #expect(filter.take(.textDelta("{\"width\"")) == [.textDelta("{\"width\"")])
        #expect(filter.take(.textDelta(": 1}")) == [.textDelta(": 1}")])
    }

    @Test("proper calls, reasoning and usage pass; length stays length")
    func otherEvents() {
        var filter = TextToolCallFilter(tools: Self.tools) { "id" }
        #expect(filter.take(.reasoningDelta("hm")) == [.reasoningDelta("hm")])
        #expect(filter.take(.textDelta("{\"na")) == [])
        #expect(
            filter.take(.toolCallStarted(id: "a", name: "search"))
                == [.textDelta("{\"na"), .toolCallStarted(id: "a", name: "search")])
        #expect(filter.take(.usage(TokenUsage(input: 1, output: 1))) == [.usage(TokenUsage(input: 1, output: 1))])
        #expect(filter.take(.finished(.toolCalls)) == [.finished(.toolCalls)])
        #expect(run([Self.call], reason: .length) == [Self.found, .finished(.length)])
    }

    @Test("an empty answer stays empty")
    func empty() {
        #expect(run([]) == [.finished(.stop)])
    }

    @Test("a long call costs time in proportion to its length")
    func longCall() {
        let argument = String(repeating: "word ", count: 40_000)
        var pieces = [#"<tool_call>{"name":"search","arguments":{"query":""#]
        pieces += argument.split(separator: " ").map { $0 + " " }
        pieces.append(#""}}</tool_call>"#)
        let events = run(pieces)
        #expect(
            events == [
                .toolCall(ToolCall(id: "id", name: "search", arguments: ["query": .string(argument)])),
                .finished(.toolCalls),
            ])
    }
}
