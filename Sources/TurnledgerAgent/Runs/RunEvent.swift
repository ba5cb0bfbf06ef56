// Turnledger. SPDX-License-Identifier: Apache-2.0

public import TurnledgerStore

/// Something that happened in a run, for those who watch it.
///
/// Numbered from 0 in each run. A whole run is `started`, then steps (one model call and its tools each), then one of
/// `finished`, `failed` and `aborted`. Parts of a step may interleave; their IDs tell them apart.
public enum RunEvent: Hashable, Sendable {
    /// The run begins; `messageID` will be that of its first AI message.
    case started(messageID: String)
    case stepStarted
    case textStarted(id: String)
    case textDelta(id: String, text: String)
    case textEnded(id: String)
    case reasoningStarted(id: String)
    case reasoningDelta(id: String, text: String)
    case reasoningEnded(id: String)
    /// The call that begins now is of a tool whose shape clients do not know: `Tool.isDynamic`.
    case dynamicCall(String)
    case toolInputStarted(call: String, name: String)
    case toolInputDelta(call: String, text: String)
    /// The call is complete and valid.
    case toolInput(call: String, name: String, input: JSONValue)
    /// The call does not fit the tool; the model is told.
    case toolInputFailed(call: String, name: String, input: JSONValue, message: String)
    /// What a tool shows before its result; the next one, or the result, takes its place.
    case toolProgress(call: String, output: JSONValue)
    case toolOutput(call: String, output: JSONValue)
    case toolOutputFailed(call: String, message: String)
    /// The call waits for a person's leave; `id` names the question.
    case approvalRequested(id: String, call: String)
    /// The call was not allowed; the model is told.
    case toolDenied(call: String)
    /// What the message held before this run went on with it, for followers who do not have it.
    case recap([RunEvent])
    /// The text of the step cites it.
    case source(AnswerSource)
    case stepFinished
    /// Facts about the message: `model`, `usage`, `durations`, `runId`. Merged by the client.
    case metadata(JSONValue)
    case finished(FinishReason)
    /// The run failed. `message` is safe to show; `errorID` finds the cause in the log.
    case failed(errorID: String, message: String)
    case aborted

    /// Whether no event follows.
    public var isLast: Bool {
        switch self {
        case .finished, .failed, .aborted: true
        default: false
        }
    }
}
