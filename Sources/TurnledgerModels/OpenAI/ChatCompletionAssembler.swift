// Turnledger. SPDX-License-Identifier: Apache-2.0

import TurnledgerAgent
import TurnledgerStore

/// Turns the chunks of a streamed chat completion into model events.
///
/// Source of the format: OpenAI's API reference, "The chat completion chunk object"; the liberties are those that Azure
/// OpenAI, Ollama, vLLM, llama.cpp, LMDeploy, Gemini and OpenRouter take. Every field of a chunk may be absent or null.
/// A whole `chat.completion` object, the answer of a server that does not stream, is taken as one chunk.
///
///     take(chunk)… ──► sawDone()? ──► finish()
struct ChatCompletionAssembler {
    /// The most bytes of text, reasoning and arguments that an answer may have.
    let maximumAnswerSize: Int

    private var calls: ToolCallCollector
    private var usage: TokenUsage?
    private var finishReason: String?
    private var isDone = false
    private var size = 0

    /// - `makeID`: Makes the ID of a tool call that came without one.
    init(
        maximumAnswerSize: Int,
        makeID: @escaping @Sendable () -> String = { "call_" + UniqueID.random() }
    ) {
        self.maximumAnswerSize = maximumAnswerSize
        calls = ToolCallCollector(makeID: makeID)
    }

    /// Takes a chunk and returns the events that it completes.
    ///
    /// A chunk of a kind that is not known yields nothing.
    /// - Throws: `Failure.reported` for an error inside the stream, `.tooLarge` for an answer beyond the limit.
    mutating func take(_ chunk: JSONValue) throws(Failure) -> [ModelEvent] {
        guard let chunk = chunk.object else { return [] }
        if let error = chunk["error"], !error.isNull {
            throw .reported(UpstreamFailure(.object(chunk)))
        }
        if chunk["object"]?.string == "error" { throw .reported(UpstreamFailure(.object(chunk))) }
        if let counts = chunk["usage"]?.object { usage = Self.usage(counts) ?? usage }

        var events: [ModelEvent] = []
        for choice in chunk["choices"]?.array ?? [] {
            guard let choice = choice.object, choice["index"]?.integer ?? 0 == 0 else { continue }
            try take(choice, into: &events)
        }
        return events
    }

    /// Notes that `[DONE]` came.
    mutating func sawDone() { isDone = true }

    /// Whether the answer is whole, so that a connection that breaks from now on costs nothing but usage.
    var isComplete: Bool { isDone || finishReason != nil }

    /// Ends the answer: completes the tool calls, tells the usage and the reason.
    ///
    /// - Throws: `.unfinished` where neither a finish reason nor `[DONE]` came and the calls, if any, are not whole.
    mutating func finish() throws(Failure) -> [ModelEvent] {
        if !isComplete && (calls.isEmpty || !calls.areAllWhole) { throw .unfinished }
        let hasCalls = !calls.isEmpty
        var events = calls.finish()
        if let usage { events.append(.usage(usage)) }
        events.append(.finished(reason(hasCalls: hasCalls)))
        return events
    }

    /// Why an answer cannot go on.
    enum Failure: Error, Hashable {
        case reported(UpstreamFailure)
        case tooLarge
        case unfinished
    }

    private mutating func take(_ choice: JSONObject, into events: inout [ModelEvent]) throws(Failure) {
        if let delta = (choice["delta"] ?? choice["message"])?.object {
            let reasoning = Self.text(delta["reasoning_content"]) ?? Self.text(delta["reasoning"])
            if let reasoning {
                try count(reasoning)
                events.append(.reasoningDelta(reasoning))
            }
            for text in [Self.text(delta["content"]), Self.text(delta["refusal"])] {
                guard let text else { continue }
                try count(text)
                events.append(.textDelta(text))
            }
            var fragments = delta["tool_calls"]?.array ?? []
            if let legacy = delta["function_call"], legacy.object != nil {
                fragments.append(["index": 0, "function": legacy])
            }
            for case .object(let fragment) in fragments {
                events += calls.take(fragment)
            }
            if size + calls.argumentSize > maximumAnswerSize { throw .tooLarge }
        }
        if let reason = choice["finish_reason"]?.string, !reason.isEmpty {
            if reason == "error" {
                throw .reported(UpstreamFailure(message: "The provider ended the answer with an error."))
            }
            finishReason = reason
        }
    }

    private mutating func count(_ text: String) throws(Failure) {
        size += text.utf8.count
        if size + calls.argumentSize > maximumAnswerSize { throw .tooLarge }
    }

    private func reason(hasCalls: Bool) -> FinishReason {
        switch finishReason {
        case "length", "max_tokens": .length
        case "content_filter": .contentFilter
        case _ where hasCalls: .toolCalls
        case "stop": .stop
        default: .other
        }
    }

    /// The text of a delta's field: a string that is not empty, or the `text` parts of an array (Mistral).
    private static func text(_ value: JSONValue?) -> String? {
        let text: String? =
            switch value {
            case .string(let text): text
            case .array(let parts):
                parts.compactMap { $0["type"]?.string == "text" ? $0["text"]?.string : nil }.joined()
            default: nil
            }
        return text.flatMap { $0.isEmpty ? nil : $0 }
    }

    private static func usage(_ counts: JSONObject) -> TokenUsage? {
        let input = count(counts["prompt_tokens"])
        let output = count(counts["completion_tokens"])
        let total = count(counts["total_tokens"])
        if input == nil && output == nil && total == nil { return nil }
        return TokenUsage(
            input: input ?? 0, output: output ?? 0, total: total,
            cachedInput: count(counts["prompt_tokens_details"]?["cached_tokens"]),
            reasoning: count(counts["completion_tokens_details"]?["reasoning_tokens"]))
    }

    private static func count(_ value: JSONValue?) -> Int? {
        switch value {
        case .integer(let number): number >= 0 ? Int(clamping: number) : nil
        case .double(let number): number >= 0 && number < 1e15 ? Int(number) : nil
        default: nil
        }
    }
}
