// Turnledger. SPDX-License-Identifier: Apache-2.0

public import TurnledgerStore

/// One message of a conversation, as LangChain has it.
///
/// Source of the format: `langchain_core.messages`; see `Message+payload.swift` for the bytes. A field that Turnledger
/// does not know stays in `extra` and is written back.
public struct Message: Hashable, Sendable {
    /// Whose message it is: LangChain's `type`.
    public enum Role: Hashable, Sendable {
        case human, ai, tool, system
        /// A class that Turnledger does not know, by its `type`: kept, shown, never sent to a model.
        case other(String)

        /// LangChain's `RemoveMessage`: takes the message of its ID out of the list.
        public static let removal = Role.other("remove")
    }

    /// What it says: plain text, or parts.
    public enum Content: Hashable, Sendable {
        case text(String)
        /// LangChain content blocks: JSON objects with a `type`, such as `text` or `image_url`.
        case blocks([JSONValue])
    }

    /// How a tool call ended.
    public enum Status: String, Sendable { case success, error }

    /// LangChain's `type`: `human`, `ai`, `tool`, `system`, or another's.
    public var role: Role
    /// LangChain's `content`. `text` is what of it is text.
    public var content: Content
    /// Unique in its thread; `nil` until the channel takes it in.
    public var id: String?
    /// Of a tool message the tool's name; else who speaks, where there is more than one.
    public var name: String?
    /// What providers and user interfaces add; Turnledger's own lies under `turnledger`.
    public var additionalKwargs: PayloadMap
    /// Of an AI message: what the provider said about it, such as `finish_reason` and `model_name`.
    public var responseMetadata: PayloadMap
    /// Of an AI message: the tools that the model asks for.
    public var toolCalls: [ToolCall]
    /// Of an AI message: calls whose arguments are no JSON object.
    public var invalidToolCalls: [InvalidToolCall]
    /// Of an AI message: what it cost.
    public var usage: TokenUsage?
    /// Of a tool message: the call that it answers.
    public var toolCallID: String?
    /// Of a tool message: a result that the model does not see.
    public var artifact: PayloadValue
    /// Of a tool message.
    public var status: Status
    /// Fields that Turnledger does not know.
    public var extra: PayloadMap

    public init(
        role: Role, content: Content, id: String? = nil, name: String? = nil, additionalKwargs: PayloadMap = [:],
        responseMetadata: PayloadMap = [:], toolCalls: [ToolCall] = [], invalidToolCalls: [InvalidToolCall] = [],
        usage: TokenUsage? = nil, toolCallID: String? = nil, artifact: PayloadValue = .null, status: Status = .success,
        extra: PayloadMap = [:]
    ) {
        self.role = role
        self.content = content
        self.id = id
        self.name = name
        self.additionalKwargs = additionalKwargs
        self.responseMetadata = responseMetadata
        self.toolCalls = toolCalls
        self.invalidToolCalls = invalidToolCalls
        self.usage = usage
        self.toolCallID = toolCallID
        self.artifact = artifact
        self.status = status
        self.extra = extra
    }

    /// What a user said.
    public static func human(_ text: String, id: String? = nil) -> Message {
        Message(role: .human, content: .text(text), id: id)
    }

    /// What the model is told first.
    public static func system(_ text: String, id: String? = nil) -> Message {
        Message(role: .system, content: .text(text), id: id)
    }

    /// What a model answered.
    public static func ai(_ text: String, id: String? = nil, toolCalls: [ToolCall] = []) -> Message {
        Message(role: .ai, content: .text(text), id: id, toolCalls: toolCalls)
    }

    /// Takes a message out of the list.
    public static func removal(of id: String) -> Message {
        Message(role: .removal, content: .text(""), id: id)
    }

    /// The answer to a tool call; `text` is what the model reads.
    public static func tool(
        _ text: String, answering call: ToolCall, id: String? = nil, status: Status = .success
    ) -> Message {
        Message(role: .tool, content: .text(text), id: id, name: call.name, toolCallID: call.id, status: status)
    }

    /// The message's text: of content blocks those of type `text`, one after another.
    public var text: String {
        switch content {
        case .text(let text): text
        case .blocks(let blocks):
            blocks.compactMap { block in
                if let plain = block.string { return plain }
                return block["type"]?.string == "text" ? block["text"]?.string : nil
            }.joined()
        }
    }
}

/// A model's request to run a tool.
public struct ToolCall: Hashable, Sendable {
    /// Unique in its message; answers name it.
    public var id: String
    /// The tool, as the model wrote it: there may be none of that name.
    public var name: String
    /// As the model wrote them: not checked against the tool's schema.
    public var arguments: JSONObject

    public init(id: String, name: String, arguments: JSONObject) {
        self.id = id
        self.name = name
        self.arguments = arguments
    }
}

/// A model's request to run a tool with arguments that are no JSON object.
public struct InvalidToolCall: Hashable, Sendable {
    /// The provider's id; `nil` where the model gave none.
    public var id: String?
    /// The tool that it names; `nil` where the model gave none.
    public var name: String?
    /// The arguments as the model wrote them.
    public var arguments: String?
    /// What the reader of the arguments said.
    public var error: String?

    public init(id: String?, name: String?, arguments: String?, error: String?) {
        self.id = id
        self.name = name
        self.arguments = arguments
        self.error = error
    }
}

/// What a model call cost, in tokens.
public struct TokenUsage: Hashable, Sendable {
    /// Tokens that the model read, cached ones included.
    public var input: Int
    /// Tokens that the model wrote, reasoning included.
    public var output: Int
    /// As the provider counts, which may be more than both.
    public var total: Int
    /// Tokens of the input that the provider had cached.
    public var cachedInput: Int?
    /// Tokens of the output that the model spent on reasoning.
    public var reasoning: Int?

    public init(input: Int, output: Int, total: Int? = nil, cachedInput: Int? = nil, reasoning: Int? = nil) {
        self.input = input
        self.output = output
        self.total = total ?? input + output
        self.cachedInput = cachedInput
        self.reasoning = reasoning
    }
}
