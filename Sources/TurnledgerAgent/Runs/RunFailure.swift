// Turnledger. SPDX-License-Identifier: Apache-2.0

import TurnledgerGraph
import TurnledgerStore

/// What to do about an error that ended a run's execution.
enum RunFailure {
    /// The run has failed for good; `message` is safe to show, `detail` is for operators.
    case failed(message: String, detail: String)
    /// The run belongs to somebody else now.
    case lost
    /// The server stops, or the store is away: the run goes on later.
    case postponed(detail: String)

    init(_ error: any Error) {
        switch error {
        case is CancellationError: self = .postponed(detail: "cancelled")
        case let error as StoreError:
            switch error.code {
            case .conflict, .missing: self = .lost
            case .unavailable, .closed, .full: self = .postponed(detail: error.debugDescription)
            case .unsupported: self = .failed(message: AgentError(error).message, detail: error.debugDescription)
            default:
                self = .failed(message: "The conversation cannot be read or written.", detail: error.debugDescription)
            }
        case let error as AgentError: self = .failed(message: error.message, detail: error.debugDescription)
        case let error as ModelError:
            self = .failed(message: Self.message(for: error), detail: error.debugDescription)
        case let error as GraphError where error.code == .superstepLimit:
            self = .failed(message: "The answer took too many steps and was stopped.", detail: error.description)
        case let error as GraphError:
            self = .failed(message: "The answer cannot be continued.", detail: error.description)
        default: self = .failed(message: "An error occurred.", detail: String(reflecting: type(of: error)))
        }
    }

    /// An error's kind for metrics: who failed, and how.
    static func kind(of error: any Error) -> String {
        switch error {
        case let error as StoreError: "store_\(error.code)"
        case let error as AgentError: "turn_\(error.code)"
        case let error as ModelError: "model_\(error.code)"
        case let error as GraphError where error.code == .superstepLimit: "superstep_limit"
        case is GraphError: "graph"
        default: "other"
        }
    }

    private static func message(for error: ModelError) -> String {
        switch error.code {
        case .timeout: "The model did not answer in time. Try again."
        case .rateLimited: "The model has too many requests at the moment. Try again in a while."
        case .unauthorized, .notFound, .refused: "The model cannot be used as it is configured."
        case .contextTooLong: "The conversation is too long for the model. Begin a new one."
        case .contentFiltered: "The provider's content filter stopped the request. Say it in other words."
        case .interrupted: "The model's answer broke off. Try again."
        case .malformed: "The model's answer cannot be read. Try again."
        default: "The model cannot be reached. Try again later."
        }
    }
}
