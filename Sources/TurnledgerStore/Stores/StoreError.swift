// Turnledger. SPDX-License-Identifier: Apache-2.0

/// A failure reported by a store.
public struct StoreError: Error, CustomStringConvertible, CustomDebugStringConvertible {
    /// What went wrong, in terms a caller can act on.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        enum Base: String {
            case conflict, unavailable, undecodable, invalid, unsupported, full, closed, missing, deleted
        }

        let base: Base

        /// Another writer holds the thread, or its head has moved: read again, then decide.
        public static let conflict = Code(base: .conflict)
        /// The store cannot be reached or did not answer in time: try again later. Whether a write that was under way
        /// took place is not known; repeating it is safe.
        public static let unavailable = Code(base: .unavailable)
        /// What is stored cannot be read: give up and report it; `detail` names the row.
        public static let undecodable = Code(base: .undecodable)
        /// What was asked breaks a rule of the store: mend the call.
        public static let invalid = Code(base: .invalid)
        /// This store cannot do what was asked: use another.
        public static let unsupported = Code(base: .unsupported)
        /// No room is left: free some, then try again. Nothing of the call was kept.
        public static let full = Code(base: .full)
        /// The store was closed: open a new one.
        public static let closed = Code(base: .closed)
        /// What was to be changed does not exist (any more).
        public static let missing = Code(base: .missing)
        /// The thread was deleted: give up, or begin it anew with a run.
        public static let deleted = Code(base: .deleted)

        public var description: String { base.rawValue }
    }

    /// The reason, stable across releases.
    public let code: Code
    /// Detail for operators: tables and IDs, never message text.
    public let detail: String
    /// The driver's own error.
    public let underlying: (any Error)?

    public init(_ code: Code, _ detail: String, underlying: (any Error)? = nil) {
        self.code = code
        self.detail = detail
        self.underlying = underlying
    }

    /// The code alone: safe for end users.
    public var description: String { code.description }

    public var debugDescription: String {
        underlying.map { "\(code): \(detail) (\($0))" } ?? "\(code): \(detail)"
    }
}
