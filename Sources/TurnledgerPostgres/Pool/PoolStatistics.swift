// Turnledger. SPDX-License-Identifier: Apache-2.0

/// What a pool of connections does at the moment, and what it has done since it was made.
public struct PoolStatistics: Hashable, Sendable {
    public var inUse = 0
    public var idle = 0
    public var connecting = 0
    /// Calls that wait for a connection.
    public var waiting = 0
    /// Connections made so far.
    public var opened = 0
    /// Attempts to connect that failed so far.
    public var failed = 0
    /// Calls whose save was committed together with others so far.
    public var shared = 0
}
