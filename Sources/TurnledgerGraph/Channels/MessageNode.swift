// Turnledger. SPDX-License-Identifier: Apache-2.0

import TurnledgerStore

/// A message as it lies in a channel: LangChain's ext node, of which the ID and the type are read.
struct MessageNode: Sendable {
    let node: PayloadValue
    let type: String
    let id: String?
    /// Whether the node was made from text or from a map.
    let isCoerced: Bool

    var isRemoval: Bool { type == "remove" }

    /// Reads a node, or makes one from text, `{"role", "content"}`, a map of a message's fields, or `[role, text]`.
    ///
    /// - Throws: `.invalidUpdate` for what is no message.
    init(_ value: PayloadValue) throws {
        switch value {
        case .ext(let ext):
            guard let header = ext.messageHeader else { throw Self.noMessage }
            self.init(
                node: value, type: header.type, id: header.id.flatMap { $0.isEmpty ? nil : $0 }, isCoerced: false)
        case .string(let text):
            self.init(type: "human", fields: ["content": .string(text)])
        case .array(let parts):
            guard parts.count == 2, let role = parts[0].string else { throw Self.noMessage }
            self.init(type: Self.type(ofRole: role), fields: ["content": parts[1]])
        case .map(let map):
            guard let role = (map["role"] ?? map["type"])?.string, let content = map["content"] else {
                throw Self.noMessage
            }
            var fields = map
            fields["content"] = content
            self.init(type: Self.type(ofRole: role), fields: fields)
        default: throw Self.noMessage
        }
    }

    private init(node: PayloadValue, type: String, id: String?, isCoerced: Bool) {
        self.node = node
        self.type = type
        self.id = id
        self.isCoerced = isCoerced
    }

    /// The fields in the order in which LangChain writes them.
    private init(type: String, fields given: PayloadMap) {
        self.type = type
        id = given["id"]?.string.flatMap { $0.isEmpty ? nil : $0 }
        isCoerced = true
        var fields: PayloadMap = [
            "content": given["content"] ?? "", "additional_kwargs": given["additional_kwargs"] ?? [:],
            "response_metadata": given["response_metadata"] ?? [:], "type": .string(type),
            "name": given["name"] ?? .null, "id": id.map { .string($0) } ?? .null,
        ]
        switch type {
        case "ai":
            fields["tool_calls"] = given["tool_calls"] ?? []
            fields["invalid_tool_calls"] = given["invalid_tool_calls"] ?? []
            fields["usage_metadata"] = given["usage_metadata"] ?? .null
        case "tool":
            fields["tool_call_id"] = given["tool_call_id"] ?? .null
            fields["artifact"] = given["artifact"] ?? .null
            fields["status"] = given["status"] ?? "success"
        default: break
        }
        let (module, name) = Self.pythonClass(of: type)
        node = .ext(LangGraphExt.pydantic(module: module, name: name, fields: fields))
    }

    /// The same message with an ID, a new one where it had none.
    func withID() throws -> MessageNode {
        guard id == nil else { return self }
        let new = UniqueID.random()
        guard let ext = node.ext, var parts = (try? ext.content())?.array, parts.count > 2, var fields = parts[2].map
        else { throw Self.noMessage }
        fields["id"] = .string(new)
        parts[2] = .map(fields)
        return MessageNode(
            node: .ext(PayloadExt(code: ext.code, bytes: MessagePack.encode(.array(parts)))), type: type, id: new,
            isCoerced: isCoerced)
    }

    private static var noMessage: GraphError {
        GraphError(.invalidUpdate, "A list of messages takes messages, text, or maps with a role and a content.")
    }

    private static func type(ofRole role: String) -> String {
        switch role {
        case "user", "human": "human"
        case "assistant", "ai": "ai"
        case "developer", "system": "system"
        default: role
        }
    }

    private static func pythonClass(of type: String) -> (module: String, name: String) {
        switch type {
        case "human": ("langchain_core.messages.human", "HumanMessage")
        case "ai": ("langchain_core.messages.ai", "AIMessage")
        case "system": ("langchain_core.messages.system", "SystemMessage")
        case "tool": ("langchain_core.messages.tool", "ToolMessage")
        case "remove": ("langchain_core.messages.modifier", "RemoveMessage")
        case "function": ("langchain_core.messages.function", "FunctionMessage")
        default: ("langchain_core.messages.chat", "ChatMessage")
        }
    }
}
