// Turnledger. SPDX-License-Identifier: Apache-2.0

public import TurnledgerStore

/// A tool that runs at the client: the run ends with the call, and goes on when the client has said what came of it.
public struct ClientTool: Hashable, Sendable {
    /// 1 to 64 letters, digits, `_` and `-`.
    public var name: String
    /// When and how to use the tool, for the model.
    public var description: String
    /// JSON Schema of the arguments: an object. A call that does not fit it never reaches the client.
    public var parameters: JSONSchema
    /// Whether clients get its calls as parts of type `dynamic-tool`: see `Tool.isDynamic`.
    public var isDynamic: Bool

    public init(name: String, description: String, parameters: JSONSchema, isDynamic: Bool = false) {
        self.name = name
        self.description = description
        self.parameters = parameters
        self.isDynamic = isDynamic
    }
}

/// Which calls of the server's tools need a person's leave. Every part that is set must hold.
public struct ApprovalRule: Hashable, Sendable {
    /// The tool; `nil`: any.
    public var tool: String?
    /// Arguments that the call must have, with these values.
    public var arguments: JSONObject
    /// Whose calls; `nil`: everybody's.
    public var owner: String?

    public init(tool: String? = nil, arguments: JSONObject = [:], owner: String? = nil) {
        self.tool = tool
        self.arguments = arguments
        self.owner = owner
    }

    /// Whether a call needs leave by this rule.
    func applies(to call: ToolCall, of owner: String) -> Bool {
        (tool ?? call.name) == call.name && (self.owner ?? owner) == owner
            && arguments.members.allSatisfy { call.arguments[$0.key] == $0.value }
    }
}
