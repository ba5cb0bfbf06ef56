// Turnledger. SPDX-License-Identifier: Apache-2.0

package import TurnledgerStore

/// What clients are told about an answer beside its parts: the same in a stream as in the history.
package enum MessageFacts {
    /// Of the last AI message that has them: `model`, `usage` and, in milliseconds from the request to the model, `durations`
    /// (`firstToken`, `total`); `stopped` where the last one was.
    package static func of(_ messages: [Message]) -> JSONObject {
        var facts = JSONObject()
        if let model = messages.last(where: { $0.responseMetadata["model_name"]?.string != nil }) {
            facts["model"] = .string(model.responseMetadata["model_name"]?.string ?? "")
        }
        if let usage = messages.last(where: { $0.usage != nil })?.usage {
            facts["usage"] = [
                "inputTokens": .integer(Int64(usage.input)), "outputTokens": .integer(Int64(usage.output)),
                "totalTokens": .integer(Int64(usage.total)),
            ]
        }
        if let timed = messages.last(where: { $0.responseMetadata["duration_ms"]?.integer != nil })?.responseMetadata {
            var durations: JSONObject = ["total": .integer(timed["duration_ms"]?.integer ?? 0)]
            if let first = timed["first_token_ms"]?.integer { durations["firstToken"] = .integer(first) }
            facts["durations"] = .object(durations)
        }
        if messages.last?.responseMetadata["finish_reason"] == "stopped" { facts["stopped"] = true }
        return facts
    }
}
