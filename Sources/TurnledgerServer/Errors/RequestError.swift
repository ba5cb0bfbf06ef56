// Turnledger. SPDX-License-Identifier: Apache-2.0

import HTTPTypes
public import TurnledgerAgent
import TurnledgerStore

/// A request that is not answered as asked: a status, a word for programs and a sentence for people.
public struct RequestError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The HTTP status code.
    public let status: Int
    /// What went wrong, stable across releases.
    public let code: String
    /// Safe to show.
    public let message: String
    /// Seconds after which to try again.
    public let retryAfter: Int?

    public init(_ status: Int, _ code: String, _ message: String, retryAfter: Int? = nil) {
        self.status = status
        self.code = code
        self.message = message
        self.retryAfter = retryAfter
    }

    /// 400: the request breaks a rule.
    public static func invalid(_ message: String) -> RequestError { RequestError(400, "invalid", message) }
    /// 401: whoever asks has not said who they are.
    public static func unauthorized(_ message: String) -> RequestError { RequestError(401, "unauthorized", message) }
    /// 404: there is no such thing, or it is another owner's; which of the two is not said.
    public static func notFound(_ message: String) -> RequestError { RequestError(404, "not_found", message) }
    /// 409: the thread has a run that is active.
    public static func busy(_ message: String) -> RequestError { RequestError(409, "busy", message) }

    static func tooLarge(_ limit: Int) -> RequestError {
        RequestError(413, "too_large", "The request is larger than the \(limit) bytes that this server takes.")
    }

    static func fileTooLarge(_ limit: Int) -> RequestError {
        RequestError(413, "too_large", "A file is larger than the \(limit) bytes that this server takes of one.")
    }

    static let tooManyConnections = RequestError(
        503, "unavailable", "The server has as many connections as it can have. Try again in a moment.", retryAfter: 5)
    static let notJSON = RequestError(
        415, "unsupported_media_type", "The body must be JSON: send it with 'Content-Type: application/json'.")
    static let compressed = RequestError(
        415, "unsupported_media_type", "Compressed bodies are not read: send it without 'Content-Encoding'.")

    public var description: String { message }

    /// Says a failure of the agent service in HTTP's terms.
    public init(_ error: AgentError) {
        switch error.code {
        case .busy: self = .busy(error.message)
        case .notFound: self = .notFound(error.message)
        case .invalid: self = .invalid(error.message)
        case .unavailable: self.init(503, "unavailable", error.message, retryAfter: 5)
        case .full: self.init(507, "full", error.message)
        default: self.init(500, "internal", error.message)
        }
    }

    /// Says any failure in HTTP's terms; what is not known by name says nothing about its cause.
    init(any error: any Error) {
        switch error {
        case let error as RequestError: self = error
        case let error as AgentError: self.init(error)
        case let error as StoreError: self.init(AgentError(error))
        default: self.init(500, "internal", "An error occurred.")
        }
    }
}
