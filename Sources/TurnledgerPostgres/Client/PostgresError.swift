// Turnledger. SPDX-License-Identifier: Apache-2.0

/// What went wrong between this program and a server.
package struct PostgresError: Error, Sendable, CustomStringConvertible {
    package enum Kind: Hashable, Sendable {
        /// No connection could be made.
        case connect
        /// The connection broke. Whether a write that was under way took place is not known.
        case connectionLost
        /// The server refused a statement: `sqlState` says why. Nothing of the batch was kept.
        case server
        /// The client's deadline passed. Whether a write that was under way took place is not known.
        case deadline
        /// No connection of the pool became free in time, or too many callers wait. Nothing was sent.
        case poolExhausted
        /// The caller was cancelled. Whether a write that was under way took place is not known.
        case cancelled
        /// The client was closed. Nothing was sent.
        case closed
        /// The call was wrong: a value that does not fit, or a result that is not of the type asked for.
        case misuse
    }

    package var kind: Kind
    /// Five characters (`23505`), where the server reported the error.
    package var sqlState: String?
    /// For operators. Never holds values or SQL.
    package var message: String
    /// Which query of the batch failed, from 0.
    package var queryIndex: Int?

    package init(_ kind: Kind, _ message: String, sqlState: String? = nil, queryIndex: Int? = nil) {
        self.kind = kind
        self.message = message
        self.sqlState = sqlState
        self.queryIndex = queryIndex
    }

    package var description: String {
        sqlState.map { "\(kind) [\($0)]: \(message)" } ?? "\(kind): \(message)"
    }
}
