// Turnledger. SPDX-License-Identifier: Apache-2.0

import TurnledgerAgent
import TurnledgerStore

/// Writes a model request as the JSON body of a chat completion.
///
/// Source of the format: OpenAI's API reference, "Create chat completion". Messages of roles that Turnledger does not
/// know are left out, and so are content blocks that have no counterpart there.
enum ChatCompletionRequest {
    /// What a server may refuse and can be left out or said in other words.
    struct Dialect: Hashable, Sendable {
        /// Sends `stream_options` with `include_usage`.
        var includesUsage: Bool
        /// Says `max_completion_tokens` instead of `max_tokens`, as OpenAI's reasoning models demand.
        var limitsCompletionTokens = false

        /// The dialect to try after a server's refusal; `nil` where the refusal is about something else.
        func adapted(toRefusal status: Int, body: [UInt8]) -> Dialect? {
            guard status == 400 || status == 422 else { return nil }
            let text = String(decoding: body, as: UTF8.self)
            var adapted = self
            if includesUsage && text.contains("stream_options") { adapted.includesUsage = false }
            if text.contains("max_completion_tokens") { adapted.limitsCompletionTokens = true }
            return adapted == self ? nil : adapted
        }
    }

    static func body(
        for request: ModelRequest, configuration: OpenAIModelClient.Configuration, dialect: Dialect
    ) -> JSONObject {
        var body: JSONObject = [
            "model": .string(configuration.model),
            "messages": .array(request.messages.compactMap(message)),
        ]
        if !request.tools.isEmpty { body["tools"] = .array(request.tools.map(tool)) }
        if let temperature = configuration.temperature { body["temperature"] = .double(temperature) }
        if let limit = configuration.maximumOutputTokens {
            body[dialect.limitsCompletionTokens ? "max_completion_tokens" : "max_tokens"] = .integer(Int64(limit))
        }
        body["stream"] = true
        if dialect.includesUsage { body["stream_options"] = ["include_usage": true] }
        return body
    }

    static func message(_ message: Message) -> JSONValue? {
        switch message.role {
        case .system:
            return ["role": "system", "content": .string(message.text)]
        case .human:
            return ["role": "user", "content": content(message.content)]
        case .ai:
            return assistant(message)
        case .tool:
            guard let id = message.toolCallID else { return nil }
            return ["role": "tool", "tool_call_id": .string(id), "content": .string(message.text)]
        case .other:
            return nil
        }
    }

    private static func tool(_ tool: ToolDescription) -> JSONValue {
        [
            "type": "function",
            "function": [
                "name": .string(tool.name), "description": .string(tool.description), "parameters": tool.parameters,
            ],
        ]
    }

    private static func assistant(_ message: Message) -> JSONValue? {
        var calls = message.toolCalls.map { call(id: $0.id, name: $0.name, arguments: $0.arguments) }
        // A call that could not be read is answered like any other, so it must be there. Servers that render a
        // template read the arguments as JSON and fail on others: the model's text is sent inside an object.
        calls += message.invalidToolCalls.compactMap { invalid in
            guard let id = invalid.id else { return nil }
            return call(
                id: id, name: invalid.name ?? "unknown", arguments: ["invalid_json": .string(invalid.arguments ?? "")])
        }
        let text = message.text
        if text.isEmpty && calls.isEmpty { return nil }
        var object: JSONObject = ["role": "assistant", "content": text.isEmpty ? .null : .string(text)]
        if !calls.isEmpty { object["tool_calls"] = .array(calls) }
        return .object(object)
    }

    private static func call(id: String, name: String, arguments: JSONObject) -> JSONValue {
        [
            "id": .string(id), "type": "function",
            "function": ["name": .string(name), "arguments": .string(JSONValue.object(arguments).text)],
        ]
    }

    /// A user's content: text where that is all there is, because many servers take nothing else.
    private static func content(_ content: Message.Content) -> JSONValue {
        guard case .blocks(let blocks) = content else {
            if case .text(let text) = content { return .string(text) }
            return ""
        }
        let parts = blocks.compactMap(part)
        if parts.allSatisfy({ $0["type"]?.string == "text" }) {
            return .string(parts.compactMap { $0["text"]?.string }.joined())
        }
        return .array(parts)
    }

    /// A content block as a part: LangChain's `text`, `image_url`, `image`, `file` and `input_audio`, old and new.
    private static func part(_ block: JSONValue) -> JSONValue? {
        if let text = block.string { return ["type": "text", "text": .string(text)] }
        switch block["type"]?.string {
        case "text":
            return block["text"]?.string.map { ["type": "text", "text": .string($0)] }
        case "image_url":
            guard let image = block["image_url"] else { return nil }
            return image.string.map(imagePart) ?? ["type": "image_url", "image_url": image]
        case "image":
            return location(of: block, defaultType: "image/png").map(imagePart)
        case "file":
            if let file = block["file"], file.object != nil { return ["type": "file", "file": file] }
            guard let url = location(of: block, defaultType: "application/octet-stream") else { return nil }
            if mediaType(of: block)?.hasPrefix("image/") == true || url.hasPrefix("data:image/") {
                return imagePart(url)
            }
            // Chat completions take files inline only.
            guard url.hasPrefix("data:") else { return nil }
            let name = (block["filename"] ?? block["name"] ?? block["metadata"]?["filename"])?.string ?? "file"
            return ["type": "file", "file": ["filename": .string(name), "file_data": .string(url)]]
        case "input_audio":
            return block["input_audio"].map { ["type": "input_audio", "input_audio": $0] }
        default:
            return nil
        }
    }

    private static func imagePart(_ url: String) -> JSONValue {
        ["type": "image_url", "image_url": ["url": .string(url)]]
    }

    private static func mediaType(of block: JSONValue) -> String? {
        (block["mime_type"] ?? block["mediaType"])?.string
    }

    /// Where a block's bytes are: its `url`, or a data URL made of its `base64` or `data`.
    private static func location(of block: JSONValue, defaultType: String) -> String? {
        if let url = block["url"]?.string { return url }
        guard let data = (block["base64"] ?? block["data"])?.string else { return nil }
        return "data:\(mediaType(of: block) ?? defaultType);base64,\(data)"
    }
}
