// Turnledger. SPDX-License-Identifier: Apache-2.0

import TurnledgerAgent
import TurnledgerStore

/// Reads what a client says about tool calls out of an assistant's message that it sends back.
///
/// Nothing else of the message counts, and of these only what the server has asked: see `CallAnswer`. `approved` must be a
/// boolean.
enum ClientAnswers {
    static func answers(in message: JSONObject) -> [CallAnswer] {
        guard message["role"]?.string == "assistant" else { return [] }
        let parts = (message["parts"]?.array ?? []).compactMap(\.object)
        let invocations = (message["toolInvocations"]?.array ?? []).compactMap(\.object)
        return parts.compactMap(answer) + invocations.compactMap(version4)
    }

    private static func answer(in part: JSONObject) -> CallAnswer? {
        guard let type = part["type"]?.string else { return nil }
        if type == "tool-invocation" { return part["toolInvocation"]?.object.flatMap(version4) }
        guard type.hasPrefix("tool-") || type == "dynamic-tool", let call = part["toolCallId"]?.string else {
            return nil
        }
        switch part["state"]?.string {
        case "output-available": return CallAnswer(call: call, content: .output(part["output"] ?? .null))
        case "output-error":
            return CallAnswer(call: call, content: .failed(part["errorText"]?.string ?? "The tool failed."))
        case "approval-responded":
            guard let approval = part["approval"]?.object, let approved = approval["approved"]?.bool else { return nil }
            return CallAnswer(
                call: call,
                content: .decision(
                    approved: approved, reason: approval["reason"]?.string, id: approval["id"]?.string))
        default: return nil
        }
    }

    private static func version4(_ invocation: JSONObject) -> CallAnswer? {
        guard invocation["state"]?.string == "result", let call = invocation["toolCallId"]?.string else { return nil }
        return CallAnswer(call: call, content: .output(invocation["result"] ?? .null))
    }
}
