// Turnledger. SPDX-License-Identifier: Apache-2.0

/// A model of langchain-core: its fields in the order of `model_dump`, with what stands where none is given.
///
/// Source: langchain-core 1.7, `messages` and `documents.base`.
struct LangChainModel: Sendable {
    let module: String
    let name: String
    /// `nil`: the field must be given.
    let fields: [(name: String, standard: PayloadValue?)]

    /// By the class's name.
    static let all: [String: LangChainModel] = Dictionary(
        uniqueKeysWithValues: (messages + [document]).map { ($0.name, $0) })

    /// The node of a model with these fields; those that the class does not know stand behind the others.
    /// - Returns: `nil` where a field is missing, or where the arguments have no names.
    func node(_ given: PayloadMap, isCalledByName: Bool) -> PayloadExt? {
        guard isCalledByName else { return nil }
        var result = PayloadMap()
        result.entries.reserveCapacity(fields.count + given.count)
        for field in fields {
            guard let value = given[field.name] ?? field.standard else { return nil }
            result.entries.append(
                .init(key: .string(field.name), value: field.name == "tool_calls" ? Self.toolCalls(value) : value))
        }
        for entry in given.entries {
            let name = entry.key.string ?? ""
            if !fields.contains(where: { $0.name == name }) { result.entries.append(entry) }
        }
        return LangGraphExt.pydantic(module: module, name: name, fields: result)
    }

    private static let document = LangChainModel(
        module: "langchain_core.documents.base", name: "Document",
        fields: [("id", .null), ("metadata", [:]), ("page_content", nil), ("type", "Document")])

    private static let messages: [LangChainModel] = [
        message("human", "HumanMessage", "human"), message("human", "HumanMessageChunk", "HumanMessageChunk"),
        message("system", "SystemMessage", "system"), message("system", "SystemMessageChunk", "SystemMessageChunk"),
        message("ai", "AIMessage", "ai", ai), message("ai", "AIMessageChunk", "AIMessageChunk", ai + aiChunk),
        message("tool", "ToolMessage", "tool", tool), message("tool", "ToolMessageChunk", "ToolMessageChunk", tool),
        message("chat", "ChatMessage", "chat", [("role", nil)]),
        message("chat", "ChatMessageChunk", "ChatMessageChunk", [("role", nil)]),
        message("function", "FunctionMessage", "function", name: nil),
        message("function", "FunctionMessageChunk", "FunctionMessageChunk", name: nil),
        message("modifier", "RemoveMessage", "remove", content: "", id: nil),
    ]

    private static let ai: [(name: String, standard: PayloadValue?)] = [
        ("tool_calls", []), ("invalid_tool_calls", []), ("usage_metadata", .null),
    ]
    private static let aiChunk: [(name: String, standard: PayloadValue?)] = [
        ("tool_call_chunks", []), ("chunk_position", .null),
    ]
    private static let tool: [(name: String, standard: PayloadValue?)] = [
        ("tool_call_id", nil), ("artifact", .null), ("status", "success"),
    ]

    private static func message(
        _ module: String, _ class: String, _ type: String, _ more: [(name: String, standard: PayloadValue?)] = [],
        content: PayloadValue? = nil, name: PayloadValue? = .some(.null), id: PayloadValue? = .some(.null)
    ) -> LangChainModel {
        LangChainModel(
            module: "langchain_core.messages.\(module)", name: `class`,
            fields: [
                ("content", content), ("additional_kwargs", [:]), ("response_metadata", [:]),
                ("type", .string(type)), ("name", name), ("id", id),
            ] + more)
    }

    /// A tool call is written as name, arguments, ID and type, in whatever order it was given.
    static func toolCalls(_ value: PayloadValue) -> PayloadValue {
        guard let calls = value.array else { return value }
        return .array(
            calls.map { call in
                guard let map = call.map, let name = map["name"], let arguments = map["args"] else { return call }
                return ["name": name, "args": arguments, "id": map["id"] ?? .null, "type": "tool_call"]
            })
    }
}
