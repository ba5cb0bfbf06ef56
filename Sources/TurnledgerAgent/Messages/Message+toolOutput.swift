// Turnledger. SPDX-License-Identifier: Apache-2.0

public import TurnledgerStore

extension Message {
    /// The answer to a tool call with its result: text as it is, anything else as JSON text.
    ///
    /// A result that reading could take for another (text that looks like an object, a lone number) is marked under
    /// `additional_kwargs.turnledger.output`: `text` or `json`.
    static func tool(result: JSONValue, answering call: ToolCall, id: String) -> Message {
        var message = Message.tool(result.string ?? result.text, answering: call, id: id)
        if message.toolOutput != result {
            let form: PayloadValue = result.string == nil ? "json" : "text"
            message.additionalKwargs["turnledger"] = ["output": form]
        }
        return message
    }

    /// The answer to a call that nobody allowed.
    static func denied(_ call: ToolCall, id: String, reason: String?) -> Message {
        let text = reason.flatMap { $0.isEmpty ? nil : $0 } ?? "Tool call execution denied."
        var message = Message.tool(text, answering: call, id: id, status: .error)
        message.additionalKwargs["turnledger"] = ["denied": true]
        return message
    }

    /// Of a tool message: whether the call was not allowed.
    public var isDenial: Bool { additionalKwargs["turnledger"]?.map?["denied"]?.bool == true }

    /// Of a tool message: its result as JSON; text that is no JSON object or array as a string.
    public var toolOutput: JSONValue {
        guard case .text(let text) = content else { return .string(text) }
        let form = additionalKwargs["turnledger"]?.map?["output"]?.string
        let looksLikeJSON = text.utf8.first == UInt8(ascii: "{") || text.utf8.first == UInt8(ascii: "[")
        if form == "json" || (form == nil && looksLikeJSON), let value = try? JSONValue.parse(Array(text.utf8)) {
            return value
        }
        return .string(text)
    }
}
