// Turnledger. SPDX-License-Identifier: Apache-2.0

public import TurnledgerStore

/// Talks to a model: one request, one answer that streams.
public protocol ModelClient: Sendable {
    /// The model's name, for logs and the metadata of messages.
    var name: String { get }

    /// Who answers, in the words of OpenTelemetry's `gen_ai.provider.name`, such as `openai`; by default `_OTHER`.
    var provider: String { get }

    /// Where the events of an answer are made, for whoever reads them: there each comes without a change of OS threads.
    /// What runs there must be short. By default `nil`: anywhere.
    var executor: (any TaskExecutor)? { get }

    /// Sends a request and returns the answer as it arrives.
    ///
    /// The sequence yields deltas in order, a `.toolCall` or `.invalidToolCall` for each call when it is complete, and
    /// ends after one `.finished`. Cancelling the Swift task that iterates closes the request.
    /// - Throws: `ModelError`, from the call or from the sequence.
    func stream(_ request: ModelRequest) async throws(ModelError) -> ModelStream

    /// Makes sure that the model answers, without spending more than a token; run once at start.
    func check() async throws(ModelError)
}

extension ModelClient {
    public var provider: String { "_OTHER" }
    public var executor: (any TaskExecutor)? { nil }
}

/// An answer as it arrives; fails with a `ModelError`.
public typealias ModelStream = AsyncThrowingStream<ModelEvent, any Error>

/// What a model is asked.
public struct ModelRequest: Hashable, Sendable {
    /// The conversation, oldest first. Every tool call in it is answered before the next human message.
    public var messages: [Message]
    /// What the model may call; empty: it must answer in text.
    public var tools: [ToolDescription]

    public init(messages: [Message], tools: [ToolDescription] = []) {
        self.messages = messages
        self.tools = tools
    }
}

/// A tool as a model is told about it.
public struct ToolDescription: Hashable, Sendable {
    /// What a call names.
    public var name: String
    /// When and how to use the tool.
    public var description: String
    /// JSON Schema of the arguments: an object.
    public var parameters: JSONValue

    public init(name: String, description: String, parameters: JSONValue) {
        self.name = name
        self.description = description
        self.parameters = parameters
    }
}

/// A piece of a model's answer.
public enum ModelEvent: Hashable, Sendable {
    case textDelta(String)
    case reasoningDelta(String)
    /// A call begins; its name and ID are known.
    case toolCallStarted(id: String, name: String)
    /// More of the call's arguments, as JSON text.
    case toolCallDelta(id: String, text: String)
    /// The call is complete. A call may come whole, without a start or deltas.
    case toolCall(ToolCall)
    /// The call is complete and its arguments are no JSON object.
    case invalidToolCall(InvalidToolCall)
    case usage(TokenUsage)
    /// The end.
    case finished(FinishReason)
}

/// Why a model stopped.
public enum FinishReason: String, Hashable, Sendable {
    case stop, length, error, other
    case contentFilter = "content-filter"
    case toolCalls = "tool-calls"
}

/// A failure of a model call.
public struct ModelError: Error, CustomStringConvertible, CustomDebugStringConvertible {
    /// What went wrong, in terms a caller can act on.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        enum Base: String {
            case unavailable, timeout, rateLimited, unauthorized, notFound, contextTooLong, contentFiltered, refused,
                malformed, interrupted
        }

        let base: Base

        /// The endpoint cannot be reached or failed: try again later.
        public static let unavailable = Code(base: .unavailable)
        /// The endpoint did not answer, or fell silent, for longer than allowed: try again later.
        public static let timeout = Code(base: .timeout)
        /// Too many requests, or the quota is used up: wait, or raise it.
        public static let rateLimited = Code(base: .rateLimited)
        /// The key is missing, wrong or without the right: set another.
        public static let unauthorized = Code(base: .unauthorized)
        /// The endpoint knows no such model, deployment or path: mend the configuration.
        public static let notFound = Code(base: .notFound)
        /// The conversation is longer than the model takes: begin a new one.
        public static let contextTooLong = Code(base: .contextTooLong)
        /// The provider's filter stopped the request: say it in other words.
        public static let contentFiltered = Code(base: .contentFiltered)
        /// The endpoint refused the request as wrong: report it.
        public static let refused = Code(base: .refused)
        /// The answer breaks the protocol: report it.
        public static let malformed = Code(base: .malformed)
        /// The answer broke off before its end: try again.
        public static let interrupted = Code(base: .interrupted)

        public var description: String { base.rawValue }
    }

    /// The reason, stable across releases.
    public let code: Code
    /// Detail for operators, without credentials and message text.
    public let detail: String
    /// The provider's ID of the request, where it gave one.
    public let requestID: String?

    public init(_ code: Code, _ detail: String, requestID: String? = nil) {
        self.code = code
        self.detail = detail
        self.requestID = requestID
    }

    /// The code alone: safe for end users.
    public var description: String { code.description }

    public var debugDescription: String {
        "\(code): \(detail)" + (requestID.map { " (request \($0))" } ?? "")
    }
}
