// Turnledger. SPDX-License-Identifier: Apache-2.0

public import TurnledgerStore

extension Message {
    /// The message as LangChain's serializer writes it: ext 5 with the module, the class, and the fields in the order of
    /// `model_dump` (langchain-core 1.7).
    public var payload: PayloadValue {
        var fields = PayloadMap()
        fields["content"] = content.payload
        fields["additional_kwargs"] = .map(additionalKwargs)
        fields["response_metadata"] = .map(responseMetadata)
        fields["type"] = .string(typeName)
        fields["name"] = name.map(PayloadValue.string) ?? .null
        fields["id"] = id.map(PayloadValue.string) ?? .null
        switch role {
        case .ai:
            fields["tool_calls"] = .array(toolCalls.map(\.payload))
            fields["invalid_tool_calls"] = .array(invalidToolCalls.map(\.payload))
            fields["usage_metadata"] = usage?.payload ?? .null
        case .tool:
            fields["tool_call_id"] = toolCallID.map(PayloadValue.string) ?? .null
            fields["artifact"] = artifact
            fields["status"] = .string(status.rawValue)
        default: break
        }
        for entry in extra.entries { fields.entries.append(entry) }
        let (module, name) = pythonClass
        return .ext(LangGraphExt.pydantic(module: module, name: name, fields: fields))
    }

    /// Reads a message: an ext node of LangChain's, a map of its fields, or `{"role": …, "content": …}`.
    ///
    /// Returns `nil` for what is no message.
    public init?(_ value: PayloadValue) {
        var fields: PayloadMap
        switch value {
        case .map(let map): fields = map
        case .ext(let ext):
            guard let content = try? ext.content(), let parts = content.array, parts.count >= 3, let map = parts[2].map
            else { return nil }
            fields = map
        default: return nil
        }
        guard let type = (fields["type"] ?? fields["role"])?.string else { return nil }
        role = Role(typeName: type)
        content = Content(fields["content"] ?? .null)
        id = fields["id"]?.string
        name = fields["name"]?.string
        additionalKwargs = fields["additional_kwargs"]?.map ?? [:]
        responseMetadata = fields["response_metadata"]?.map ?? [:]
        toolCalls = (fields["tool_calls"]?.array ?? []).compactMap(ToolCall.init)
        invalidToolCalls = (fields["invalid_tool_calls"]?.array ?? []).compactMap(InvalidToolCall.init)
        usage = fields["usage_metadata"].flatMap(TokenUsage.init)
        toolCallID = fields["tool_call_id"]?.string
        artifact = fields["artifact"] ?? .null
        status = fields["status"]?.string.flatMap(Status.init) ?? .success
        extra = PayloadMap(entries: fields.entries.filter { !Self.knownFields.contains($0.key.string ?? "") })
    }

    private static let knownFields: Set<String> = [
        "type", "role", "content", "id", "name", "additional_kwargs", "response_metadata", "tool_calls",
        "invalid_tool_calls", "usage_metadata", "tool_call_id", "artifact", "status",
    ]

    private var typeName: String {
        switch role {
        case .human: "human"
        case .ai: "ai"
        case .tool: "tool"
        case .system: "system"
        case .other(let name): name
        }
    }

    private var pythonClass: (module: String, name: String) {
        switch role {
        case .human: ("langchain_core.messages.human", "HumanMessage")
        case .ai: ("langchain_core.messages.ai", "AIMessage")
        case .tool: ("langchain_core.messages.tool", "ToolMessage")
        case .system: ("langchain_core.messages.system", "SystemMessage")
        case .removal: ("langchain_core.messages.modifier", "RemoveMessage")
        case .other: ("langchain_core.messages.chat", "ChatMessage")
        }
    }
}

extension Message.Role {
    /// The role behind a message's `type`, or behind the `role` of a plain dictionary.
    init(typeName: String) {
        switch typeName {
        case "human", "user", "HumanMessageChunk": self = .human
        case "ai", "assistant", "AIMessageChunk": self = .ai
        case "tool", "ToolMessageChunk": self = .tool
        case "system", "developer", "SystemMessageChunk": self = .system
        default: self = .other(typeName)
        }
    }
}

extension Message.Content {
    var payload: PayloadValue {
        switch self {
        case .text(let text): .string(text)
        case .blocks(let blocks): .array(blocks.map(\.payloadValue))
        }
    }

    init(_ value: PayloadValue) {
        switch value {
        case .string(let text): self = .text(text)
        case .array(let blocks): self = .blocks(blocks.compactMap { JSONValue($0) })
        default: self = .text("")
        }
    }
}

extension ToolCall {
    /// `{"name", "args", "id", "type": "tool_call"}`.
    var payload: PayloadValue {
        [
            "name": .string(name), "args": JSONValue.object(arguments).payloadValue, "id": .string(id),
            "type": "tool_call",
        ]
    }

    init?(_ value: PayloadValue) {
        guard let map = value.map, let name = map["name"]?.string else { return nil }
        self.init(
            id: map["id"]?.string ?? "", name: name, arguments: map["args"].flatMap { JSONValue($0)?.object } ?? [:])
    }
}

extension InvalidToolCall {
    var payload: PayloadValue {
        [
            "type": "invalid_tool_call", "id": id.map(PayloadValue.string) ?? .null,
            "name": name.map(PayloadValue.string) ?? .null, "args": arguments.map(PayloadValue.string) ?? .null,
            "error": error.map(PayloadValue.string) ?? .null,
        ]
    }

    init?(_ value: PayloadValue) {
        guard let map = value.map else { return nil }
        self.init(
            id: map["id"]?.string, name: map["name"]?.string, arguments: map["args"]?.string,
            error: map["error"]?.string)
    }
}

extension TokenUsage {
    var payload: PayloadValue {
        var map: PayloadMap = [
            "input_tokens": .integer(Int64(input)), "output_tokens": .integer(Int64(output)),
            "total_tokens": .integer(Int64(total)),
        ]
        if let cachedInput { map["input_token_details"] = ["cache_read": .integer(Int64(cachedInput))] }
        if let reasoning { map["output_token_details"] = ["reasoning": .integer(Int64(reasoning))] }
        return .map(map)
    }

    init?(_ value: PayloadValue) {
        guard let map = value.map, let input = map["input_tokens"]?.integer, let output = map["output_tokens"]?.integer
        else { return nil }
        self.init(
            input: Int(input), output: Int(output), total: map["total_tokens"]?.integer.map(Int.init),
            cachedInput: map["input_token_details"]?.map?["cache_read"]?.integer.map(Int.init),
            reasoning: map["output_token_details"]?.map?["reasoning"]?.integer.map(Int.init))
    }
}
