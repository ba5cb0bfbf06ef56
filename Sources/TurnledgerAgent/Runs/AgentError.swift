// Turnledger. SPDX-License-Identifier: Apache-2.0

public import TurnledgerStore

/// A failure of the agent service.
public struct AgentError: Error, CustomStringConvertible, CustomDebugStringConvertible {
    /// What went wrong, in terms a caller can act on.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        enum Base: String { case busy, notFound, invalid, unavailable, full, internalFailure }

        let base: Base

        /// The thread has another run that is active: wait for its end.
        public static let busy = Code(base: .busy)
        /// There is no such thread or run, or it is another owner's.
        public static let notFound = Code(base: .notFound)
        /// The request breaks a rule: mend it.
        public static let invalid = Code(base: .invalid)
        /// The store cannot be reached: try again later.
        public static let unavailable = Code(base: .unavailable)
        /// The store has no room left: free some, then try again.
        public static let full = Code(base: .full)
        /// Anything else: the log knows more.
        public static let internalFailure = Code(base: .internalFailure)

        public var description: String { base.rawValue }
    }

    /// The reason, stable across releases.
    public let code: Code
    /// A sentence that is safe to show.
    public let message: String
    /// Detail for operators.
    public let detail: String

    public init(_ code: Code, _ message: String, detail: String = "") {
        self.code = code
        self.message = message
        self.detail = detail
    }

    /// Says a store's failure in the service's terms.
    public init(_ error: StoreError) {
        let (code, message): (Code, String) =
            switch error.code {
            case .conflict: (.busy, "Another answer is being written in this conversation. Wait for its end.")
            case .missing: (.notFound, "There is no such conversation.")
            case .invalid: (.invalid, error.detail)
            case .unavailable where error.underlying is HistoryUnavailable:
                (
                    .unavailable,
                    "The database is away, and what was said earlier in this conversation is not available until it is back."
                )
            case .unavailable, .closed: (.unavailable, "The store cannot be reached. Try again later.")
            case .full: (.full, "The store has no room left. Nothing of this was kept: free some, then send it again.")
            // What the store says then is about kinds and settings, never about what they hold.
            case .unsupported: (.internalFailure, "The conversation cannot be read. \(error.detail)")
            default: (.internalFailure, "The conversation cannot be read.")
            }
        self.init(code, message, detail: error.debugDescription)
    }

    /// The message: safe for end users.
    public var description: String { message }
    public var debugDescription: String { "\(code): \(message) \(detail)" }
}
