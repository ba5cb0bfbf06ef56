// Turnledger. SPDX-License-Identifier: Apache-2.0

import Synchronization
import Testing
import TurnledgerAgent
import TurnledgerStore

@testable import TurnledgerModels

/// The consumer rules and server quirks of the Chat Completions stream, one test each.
@Suite("Chat completion assembly")
struct ChatCompletionAssemblerTests {
    /// Feeds chunks, `[DONE]` among them, and returns every event; made-up IDs are `made-1`, `made-2`, …
    private func assemble(_ chunks: [String], limit: Int = 1 << 20) throws -> [ModelEvent] {
        let counter = Counter()
        var assembler = ChatCompletionAssembler(maximumAnswerSize: limit) { "made-\(counter.next())" }
        var events: [ModelEvent] = []
        for chunk in chunks {
            if chunk == "[DONE]" {
                assembler.sawDone()
            } else {
                events += try assembler.take(try JSONValue.parse(Array(chunk.utf8)))
            }
        }
        return events + (try assembler.finish())
    }

    private final class Counter: Sendable {
        private let count = Mutex(0)
        func next() -> Int {
            count.withLock { count in
                count += 1
                return count
            }
        }
    }

    private func content(_ text: String) -> String { #"{"choices":[{"index":0,"delta":{"content":"\#(text)"}}]}"# }

    private func calls(_ fragments: String, finish: String = "null") -> String {
        #"{"choices":[{"index":0,"delta":{"tool_calls":[\#(fragments)]},"finish_reason":\#(finish)}]}"#
    }

    private func finish(_ reason: String) -> String {
        #"{"choices":[{"index":0,"delta":{},"finish_reason":\#(reason)}]}"#
    }

    private func toolCalls(_ events: [ModelEvent]) -> [ToolCall] {
        events.compactMap { if case .toolCall(let call) = $0 { call } else { nil } }
    }

    private func text(_ events: [ModelEvent]) -> String {
        events.compactMap { if case .textDelta(let text) = $0 { text } else { nil } }.joined()
    }

    // MARK: Text

    @Test("text streams and ends with usage and reason")
    func plainText() throws {
        let events = try assemble([
            #"{"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"#
                + #""delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}],"usage":null}"#,
            content("Hel"), content("lo"), finish(#""stop""#),
            #"{"choices":[],"usage":{"prompt_tokens":5,"completion_tokens":2,"total_tokens":7,"#
                + #""prompt_tokens_details":{"cached_tokens":3},"completion_tokens_details":{"reasoning_tokens":1}}}"#,
            "[DONE]",
        ])
        #expect(
            events == [
                .textDelta("Hel"), .textDelta("lo"),
                .usage(TokenUsage(input: 5, output: 2, total: 7, cachedInput: 3, reasoning: 1)), .finished(.stop),
            ])
    }

    @Test("choices may be empty, absent or null: Azure's first chunk")
    func emptyChoices() throws {
        let events = try assemble([
            #"{"choices":[],"created":0,"id":"","model":"","object":"","prompt_filter_results":[{"prompt_index":0}]}"#,
            #"{"id":null,"created":null,"model":null}"#, #"{"choices":null}"#, content("a"), finish(#""stop""#),
        ])
        #expect(events == [.textDelta("a"), .finished(.stop)])
    }

    @Test("every field may be null: role, content, delta, index, tool_calls")
    func nullFields() throws {
        let events = try assemble([
            #"{"choices":[{"index":null,"delta":null}]}"#, #"{"choices":[null,5]}"#,
            #"{"choices":[{"delta":{"role":"","content":null,"tool_calls":null,"reasoning":null,"function_call":null}}]}"#,
            #"{"choices":[{"index":null,"delta":{"content":"a"},"finish_reason":""}]}"#, finish(#""stop""#),
        ])
        #expect(events == [.textDelta("a"), .finished(.stop)])
    }

    @Test("Azure's late content-filter chunks with empty deltas say nothing")
    func azureFilterOffsets() throws {
        let events = try assemble([
            content("a"), finish(#""stop""#),
            #"{"choices":[{"index":0,"finish_reason":null,"content_filter_results":{},"content_filter_offsets":{}}]}"#,
            "[DONE]",
        ])
        #expect(events == [.textDelta("a"), .finished(.stop)])
    }

    @Test("unknown kinds of JSON are ignored: keep-alives, numbers, arrays")
    func unknownKinds() throws {
        let events = try assemble([
            #"{"type":"keepalive"}"#, "5", "[]", "null", #""text""#, content("a"), finish(#""stop""#),
        ])
        #expect(events == [.textDelta("a"), .finished(.stop)])
    }

    @Test(
        "reasoning comes as reasoning_content or reasoning, once when both are there",
        arguments: [
            #"{"reasoning_content":"hm"}"#, #"{"reasoning":"hm","content":""}"#,
            #"{"reasoning":"hm","reasoning_content":"hm"}"#,
        ])
    func reasoning(_ delta: String) throws {
        let events = try assemble([#"{"choices":[{"delta":\#(delta)}]}"#, finish(#""stop""#)])
        #expect(events == [.reasoningDelta("hm"), .finished(.stop)])
    }

    @Test("a refusal is text")
    func refusal() throws {
        #expect(try text(assemble([#"{"choices":[{"delta":{"refusal":"No."}}]}"#, finish(#""stop""#)])) == "No.")
    }

    @Test("content may be an array of parts: Mistral")
    func contentParts() throws {
        let chunk = #"{"choices":[{"delta":{"content":[{"type":"thinking"},{"type":"text","text":"a"}]}}]}"#
        #expect(try text(assemble([chunk, finish(#""stop""#)])) == "a")
    }

    @Test("other choices than the first are left out")
    func otherChoices() throws {
        let events = try assemble([
            #"{"choices":[{"index":1,"delta":{"content":"b"}},{"index":0,"delta":{"content":"a"}}]}"#,
            finish(#""stop""#),
        ])
        #expect(events == [.textDelta("a"), .finished(.stop)])
    }

    @Test("a whole chat.completion of a server that does not stream is taken as one chunk")
    func wholeCompletion() throws {
        let events = try assemble([
            #"{"object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"Hi"},"#
                + #""finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":1}}"#
        ])
        #expect(events == [.textDelta("Hi"), .usage(TokenUsage(input: 1, output: 1)), .finished(.stop)])
    }

    // MARK: Tool calls

    @Test("a call is assembled from fragments and completed at the end")
    func fragments() throws {
        let events = try assemble([
            calls(#"{"index":0,"id":"call_a","type":"function","function":{"name":"f","arguments":""}}"#),
            calls(#"{"index":0,"function":{"arguments":"{\"ci"}}"#),
            calls(#"{"index":0,"function":{"arguments":"ty\":1}"}}"#),
            finish(#""tool_calls""#),
        ])
        #expect(
            events == [
                .toolCallStarted(id: "call_a", name: "f"), .toolCallDelta(id: "call_a", text: #"{"ci"#),
                .toolCallDelta(id: "call_a", text: #"ty":1}"#),
                .toolCall(ToolCall(id: "call_a", name: "f", arguments: ["city": 1])), .finished(.toolCalls),
            ])
    }

    @Test("parallel calls interleave by index")
    func interleaved() throws {
        let events = try assemble([
            calls(#"{"index":0,"id":"a","function":{"name":"f","arguments":"{\"x\""}}"#),
            calls(#"{"index":1,"id":"b","function":{"name":"g","arguments":"{"}}"#),
            calls(#"{"index":0,"function":{"arguments":":1}"}},{"index":1,"function":{"arguments":"}"}}"#),
            finish(#""tool_calls""#),
        ])
        #expect(
            toolCalls(events) == [
                ToolCall(id: "a", name: "f", arguments: ["x": 1]), ToolCall(id: "b", name: "g", arguments: [:]),
            ])
    }

    @Test("a new ID at a used index is a new call: LMDeploy and old vLLM send index 0 for all")
    func indexZeroForAll() throws {
        let events = try assemble([
            calls(#"{"index":0,"id":"a","function":{"name":"f","arguments":"{}"}}"#),
            calls(#"{"index":0,"id":"b","function":{"name":"f","arguments":"{\"x\":"}}"#),
            calls(#"{"index":0,"function":{"arguments":"2}"}}"#), finish(#""tool_calls""#),
        ])
        #expect(
            toolCalls(events) == [
                ToolCall(id: "a", name: "f", arguments: [:]), ToolCall(id: "b", name: "f", arguments: ["x": 2]),
            ])
    }

    @Test("an empty ID continues the call of its index")
    func emptyID() throws {
        let events = try assemble([
            calls(#"{"index":0,"id":"a","function":{"name":"f","arguments":"{\"x\":"}}"#),
            calls(#"{"index":0,"id":"","function":{"name":null,"arguments":"1}"}}"#), finish(#""tool_calls""#),
        ])
        #expect(toolCalls(events) == [ToolCall(id: "a", name: "f", arguments: ["x": 1])])
    }

    @Test("an ID in every fragment, and the name too, is one call")
    func repeatedIDAndName() throws {
        let events = try assemble([
            calls(#"{"index":0,"id":"a","function":{"name":"f","arguments":"{\"x\":"}}"#),
            calls(#"{"index":0,"id":"a","function":{"name":"f","arguments":"1}"}}"#), finish(#""tool_calls""#),
        ])
        #expect(toolCalls(events) == [ToolCall(id: "a", name: "f", arguments: ["x": 1])])
        #expect(events.filter { if case .toolCallStarted = $0 { true } else { false } }.count == 1)
    }

    @Test("fragments without ID and index continue the latest call")
    func latest() throws {
        let events = try assemble([
            calls(#"{"id":"a","function":{"name":"f","arguments":"{"}}"#), calls(#"{"function":{"arguments":"}"}}"#),
            finish(#""tool_calls""#),
        ])
        #expect(toolCalls(events) == [ToolCall(id: "a", name: "f", arguments: [:])])
    }

    @Test("whole calls without ID and with a null index are calls of their own: Gemini")
    func geminiWholeCalls() throws {
        let events = try assemble([
            calls(
                #"{"index":null,"id":"","function":{"name":"f","arguments":"{\"x\":1}"}},"#
                    + #"{"index":null,"id":"","function":{"name":"f","arguments":"{\"x\":2}"}}"#),
            calls(#"{"function":{"name":"g","arguments":"{}"}}"#, finish: #""stop""#),
        ])
        #expect(
            toolCalls(events) == [
                ToolCall(id: "made-1", name: "f", arguments: ["x": 1]),
                ToolCall(id: "made-2", name: "f", arguments: ["x": 2]),
                ToolCall(id: "made-3", name: "g", arguments: [:]),
            ])
        #expect(events.last == .finished(.toolCalls))
    }

    @Test("a whole call in one chunk, with the finish reason on it: Ollama, llama.cpp")
    func wholeCallInOneChunk() throws {
        let events = try assemble([
            calls(
                #"{"id":"call_1","index":0,"type":"function","function":{"name":"f","arguments":"{\"x\":1}"}}"#,
                finish: #""tool_calls""#)
        ])
        #expect(toolCalls(events) == [ToolCall(id: "call_1", name: "f", arguments: ["x": 1])])
        #expect(events.last == .finished(.toolCalls))
    }

    @Test("a missing ID is made, one that comes later is the same call: vLLM 18412")
    func missingID() throws {
        let events = try assemble([
            calls(#"{"index":0,"function":{"name":"f","arguments":"{"}}"#),
            calls(#"{"index":0,"id":"late","function":{"arguments":"}"}}"#), finish(#""tool_calls""#),
        ])
        #expect(toolCalls(events) == [ToolCall(id: "made-1", name: "f", arguments: [:])])
    }

    @Test("arguments wait for the name")
    func argumentsBeforeName() throws {
        let events = try assemble([
            calls(#"{"index":0,"id":"a","function":{"arguments":"{\"x\""}}"#),
            calls(#"{"index":0,"function":{"name":"f","arguments":":1}"}}"#), finish(#""tool_calls""#),
        ])
        #expect(
            events == [
                .toolCallStarted(id: "a", name: "f"), .toolCallDelta(id: "a", text: #"{"x":1}"#),
                .toolCall(ToolCall(id: "a", name: "f", arguments: ["x": 1])), .finished(.toolCalls),
            ])
    }

    @Test(
        "empty, blank and absent arguments are an empty object",
        arguments: [
            #""arguments":"""#, #""arguments":" \n""#, #""arguments":null"#, #""strict":true"#,
        ])
    func emptyArguments(_ member: String) throws {
        let events = try assemble([
            calls(#"{"index":0,"id":"a","function":{"name":"f",\#(member)}}"#), finish(#""tool_calls""#),
        ])
        #expect(toolCalls(events) == [ToolCall(id: "a", name: "f", arguments: [:])])
    }

    @Test("arguments that are an object, not text, are taken")
    func objectArguments() throws {
        let events = try assemble([
            calls(#"{"index":0,"id":"a","function":{"name":"f","arguments":{"x":1}}}"#), finish(#""tool_calls""#),
        ])
        #expect(toolCalls(events) == [ToolCall(id: "a", name: "f", arguments: ["x": 1])])
    }

    @Test("a prefix that can be read is not taken for the whole")
    func parsablePrefix() throws {
        let events = try assemble([
            calls(#"{"index":0,"id":"a","function":{"name":"f","arguments":"{}"}}"#),
            calls(#"{"index":0,"function":{"arguments":" "}}"#), calls(#"{"index":0,"function":{"arguments":"!"}}"#),
            finish(#""tool_calls""#),
        ])
        #expect(toolCalls(events).isEmpty)
        #expect(
            events.contains(
                .invalidToolCall(
                    InvalidToolCall(
                        id: "a", name: "f", arguments: "{} !", error: "The arguments are not a JSON object."))))
    }

    @Test("arguments that are no object, and calls without a name, are invalid calls")
    func invalidCalls() throws {
        let events = try assemble([
            calls(#"{"index":0,"id":"a","function":{"name":"f","arguments":"[1]"}}"#),
            calls(#"{"index":1,"id":"b","function":{"arguments":"{}"}}"#), finish(#""tool_calls""#),
        ])
        let invalid = events.compactMap { if case .invalidToolCall(let call) = $0 { call } else { nil } }
        #expect(invalid.map(\.id) == ["a", "b"])
        #expect(invalid.map(\.name) == ["f", nil])
        #expect(events.last == .finished(.toolCalls))
    }

    @Test("calls of one name without IDs at one index are told apart once the first is whole")
    func sameIndexWithoutIDs() throws {
        let events = try assemble([
            calls(#"{"index":0,"function":{"name":"f","arguments":"{\"x\":1}"}}"#),
            calls(#"{"index":0,"function":{"name":"f","arguments":"{\"x\":2}"}}"#), finish(#""stop""#),
        ])
        #expect(toolCalls(events).map(\.arguments) == [["x": 1], ["x": 2]])
        #expect(Set(toolCalls(events).map(\.id)).count == 2)
    }

    @Test("one ID for two calls at two indices makes two calls with IDs of their own")
    func duplicateIDs() throws {
        let events = try assemble([
            calls(
                #"{"index":0,"id":"x","function":{"name":"f","arguments":"{}"}},"#
                    + #"{"index":1,"id":"x","function":{"name":"g","arguments":"{}"}}"#),
            finish(#""tool_calls""#),
        ])
        #expect(toolCalls(events).map(\.name) == ["f", "g"])
        #expect(toolCalls(events).map(\.id) == ["x", "made-1"])
    }

    @Test("the old function_call is a tool call")
    func functionCall() throws {
        let events = try assemble([
            #"{"choices":[{"delta":{"function_call":{"name":"f","arguments":"{"}}}]}"#,
            #"{"choices":[{"delta":{"function_call":{"arguments":"}"}},"finish_reason":"function_call"}]}"#,
        ])
        #expect(toolCalls(events) == [ToolCall(id: "made-1", name: "f", arguments: [:])])
        #expect(events.last == .finished(.toolCalls))
    }

    // MARK: The end

    @Test(
        "finish reasons",
        arguments: [
            ("stop", FinishReason.stop), ("length", .length), ("content_filter", .contentFilter),
            ("tool_calls", .other),
            ("eos", .other),
        ])
    func reasons(_ given: String, _ expected: FinishReason) throws {
        #expect(try assemble([content("a"), finish("\"\(given)\"")]).last == .finished(expected))
    }

    @Test("stop with calls means tool calls; length stays length")
    func stopWithCalls() throws {
        let call = calls(#"{"index":0,"id":"a","function":{"name":"f","arguments":"{}"}}"#)
        #expect(try assemble([call, finish(#""stop""#)]).last == .finished(.toolCalls))
        #expect(try assemble([call, finish(#""length""#)]).last == .finished(.length))
    }

    @Test("no finish reason but [DONE]: calls are tool calls, text is an answer: vLLM 27572")
    func doneWithoutReason() throws {
        let call = calls(#"{"index":0,"id":"a","function":{"name":"f","arguments":""}}"#)
        #expect(try assemble([call, "[DONE]"]).last == .finished(.toolCalls))
        #expect(try assemble([content("a"), finish("null"), "[DONE]"]) == [.textDelta("a"), .finished(.other)])
    }

    @Test("neither finish reason nor [DONE]: whole calls count, all else broke off")
    func endWithoutAnything() throws {
        let whole = calls(#"{"index":0,"id":"a","function":{"name":"f","arguments":"{}"}}"#)
        #expect(try assemble([whole]).last == .finished(.toolCalls))
        let open = calls(#"{"index":0,"id":"a","function":{"name":"f","arguments":""}}"#)
        let cut = calls(#"{"index":0,"id":"a","function":{"name":"f","arguments":"{\"x\":"}}"#)
        for chunks in [[], [content("a")], [open], [cut], [whole, open.replacing("\"a\"", with: "\"b\"")]] {
            #expect(throws: ChatCompletionAssembler.Failure.unfinished) { try assemble(chunks) }
        }
    }

    @Test("the finish reason may come with the last delta, and with the usage: llama.cpp 15443")
    func allInOneChunk() throws {
        let events = try assemble([
            #"{"choices":[{"index":0,"delta":{"content":"a"},"finish_reason":"stop"}],"#
                + #""usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2},"timings":{"prompt_n":1}}"#
        ])
        #expect(events == [.textDelta("a"), .usage(TokenUsage(input: 1, output: 1)), .finished(.stop)])
    }

    @Test("usage on every chunk: the last that is not null counts")
    func usageOnEveryChunk() throws {
        let events = try assemble([
            #"{"choices":[{"delta":{"content":"a"}}],"usage":{"prompt_tokens":3,"completion_tokens":1}}"#,
            #"{"choices":[{"delta":{"content":"b"}}],"usage":{"prompt_tokens":3,"completion_tokens":2}}"#,
            #"{"choices":[{"delta":{},"finish_reason":"stop"}],"usage":null}"#, #"{"choices":[],"usage":{}}"#,
        ])
        #expect(
            events == [
                .textDelta("a"), .textDelta("b"), .usage(TokenUsage(input: 3, output: 2)), .finished(.stop),
            ])
    }

    // MARK: Errors and limits

    @Test(
        "errors inside the stream in every shape",
        arguments: [
            #"{"error":{"message":"boom","type":"server_error","code":"x"}}"#,
            #"{"error":{"message":"boom","type":"BadRequestError","param":null,"code":400}}"#,
            #"{"object":"error","message":"boom","type":"invalid_request_error","param":null,"code":400}"#,
            #"{"error":"boom"}"#,
            #"{"id":"x","choices":[{"delta":{"content":""},"finish_reason":"error"}],"error":{"code":502,"message":"boom"}}"#,
        ])
    func errors(_ chunk: String) throws {
        let failure = try #require(throws: ChatCompletionAssembler.Failure.self) {
            try assemble([content("a"), chunk])
        }
        guard case .reported(let reported) = failure else {
            Issue.record("not reported: \(failure)")
            return
        }
        #expect(reported.message == "boom")
    }

    @Test("a null error is none, and the finish reason error is one")
    func errorEdges() throws {
        #expect(
            try assemble([#"{"error":null,"choices":[{"delta":{"content":"a"},"finish_reason":"stop"}]}"#])
                == [.textDelta("a"), .finished(.stop)])
        #expect(throws: ChatCompletionAssembler.Failure.self) { try assemble([content("a"), finish(#""error""#)]) }
    }

    @Test("an answer beyond the limit is refused, in text and in arguments that have no name yet")
    func tooLarge() throws {
        let long = String(repeating: "x", count: 60)
        #expect(throws: ChatCompletionAssembler.Failure.tooLarge) {
            try assemble([content(long), content(long)], limit: 100)
        }
        #expect(throws: ChatCompletionAssembler.Failure.tooLarge) {
            let part = calls(#"{"index":0,"id":"a","function":{"arguments":"\#(long)"}}"#)
            return try assemble([part, part], limit: 100)
        }
        #expect(try text(assemble([content(long), finish(#""stop""#)], limit: 60)) == long)
    }
}
