// Turnledger. SPDX-License-Identifier: Apache-2.0

internal import Foundation

/// How to reach a database and how much of it to use.
public struct PostgresConfiguration: Sendable {
    /// What a pooler between this program and the server allows.
    public enum Pooling: String, Hashable, Sendable {
        /// Connections keep their session: none, or a pooler in session mode.
        case session
        /// A pooler in transaction mode: no session state, no named statements.
        case transaction
    }

    /// Gives the password of a new connection: asked each time one is made.
    public typealias PasswordProvider = @Sendable () async throws -> String

    /// libpq's connection keywords and values: `host` (also several, with commas), `port`, `user`, `dbname`,
    /// `sslmode`, `target_session_attrs`, … See "Parameter Key Words" in the chapter on libpq of PostgreSQL's manual.
    public var parameters: [String: String]
    /// Goes before a password of the parameters.
    public var passwordProvider: PasswordProvider?
    /// The schema of all tables; `nil`: as the role's search path has it.
    public var schema: String?
    public var pooling: Pooling
    /// Connections that are kept even when nobody needs them.
    public var minimumConnections: Int
    public var maximumConnections: Int
    /// Among how many connections saves are spread where they share commits. Fewer make larger commits. By default
    /// ``standardSavers``.
    public var maximumSavers: Int
    /// After this age a connection is closed once it is idle.
    public var connectionLifetime: Duration
    /// After so long without use a connection beyond the minimum is closed; one that was idle for half of it is checked
    /// before it is used again.
    public var idleTime: Duration
    /// How many callers may wait for a connection.
    public var waitingLimit: Int
    /// How long a caller waits for a connection.
    public var waitingDeadline: Duration
    public var connectDeadline: Duration
    /// How long a call may take that says nothing else.
    public var statementDeadline: Duration
    /// How long a connection may leave a call without an answer before the call, where it may be repeated, is made once more
    /// on another one, with what is left of its time.
    public var patience: Duration
    /// Whether small saves that wait for a connection share a commit.
    public var sharesCommits: Bool

    /// As many as this machine has cores, at least 2 and at most 8: saves that are sent side by side want one core here
    /// and one at the server each; where there is none they do better to share a commit.
    public static var standardSavers: Int { min(max(2, ProcessInfo.processInfo.activeProcessorCount), 8) }

    public init(
        parameters: [String: String], passwordProvider: PasswordProvider? = nil, schema: String? = nil,
        pooling: Pooling = .session, minimumConnections: Int = 0, maximumConnections: Int = 16,
        maximumSavers: Int = standardSavers, connectionLifetime: Duration = .seconds(3600),
        idleTime: Duration = .seconds(300),
        waitingLimit: Int = 10_000, waitingDeadline: Duration = .seconds(10), connectDeadline: Duration = .seconds(10),
        statementDeadline: Duration = .seconds(30), patience: Duration = .seconds(5), sharesCommits: Bool = true
    ) {
        self.parameters = parameters
        self.passwordProvider = passwordProvider
        self.schema = schema
        self.pooling = pooling
        self.minimumConnections = minimumConnections
        self.maximumConnections = maximumConnections
        self.maximumSavers = maximumSavers
        self.connectionLifetime = connectionLifetime
        self.idleTime = idleTime
        self.waitingLimit = waitingLimit
        self.waitingDeadline = waitingDeadline
        self.connectDeadline = connectDeadline
        self.statementDeadline = statementDeadline
        self.patience = patience
        self.sharesCommits = sharesCommits
    }
}
