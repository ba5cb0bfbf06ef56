// Turnledger. SPDX-License-Identifier: Apache-2.0

import Synchronization
public import TurnledgerStore

/// Whether the writes of a node's task are kept for other tasks with the same input.
public struct CachePolicy: Sendable {
    /// How long they are kept; `nil`: for good.
    public var timeToLive: Duration?
    /// What tells inputs apart.
    public var key: @Sendable (PayloadValue) -> [UInt8]

    public init(
        timeToLive: Duration? = nil, key: @escaping @Sendable (PayloadValue) -> [UInt8] = { MessagePack.encode($0) }
    ) {
        self.timeToLive = timeToLive
        self.key = key
    }
}

/// Keeps the writes of finished tasks by node and input.
public protocol NodeCache: Sendable {
    /// Returns what is kept under a key, or `nil`.
    func writes(for key: NodeCacheKey) async -> [NodeOutput.Write]?

    /// Keeps writes for a time; `nil`: for good.
    func store(_ writes: [NodeOutput.Write], for key: NodeCacheKey, timeToLive: Duration?) async

    /// Forgets what is kept of a node; `nil`: of all.
    func clear(node: String?) async
}

/// Where a task's writes are kept: its node, and a hash of its input.
public struct NodeCacheKey: Hashable, Sendable {
    public let graph: String
    public let node: String
    public let input: [UInt8]
}

/// Keeps writes in this process.
public final class InMemoryNodeCache: NodeCache {
    private struct Entry {
        let writes: [NodeOutput.Write]
        let expiry: Timestamp?
    }

    private let entries = Mutex<[NodeCacheKey: Entry]>([:])
    private let clock: any WallClock

    public init(clock: any WallClock = SystemWallClock()) { self.clock = clock }

    public func writes(for key: NodeCacheKey) -> [NodeOutput.Write]? {
        let now = clock.now()
        return entries.withLock { entries in
            guard let entry = entries[key] else { return nil }
            if let expiry = entry.expiry, expiry <= now {
                entries[key] = nil
                return nil
            }
            return entry.writes
        }
    }

    public func store(_ writes: [NodeOutput.Write], for key: NodeCacheKey, timeToLive: Duration?) {
        let expiry = timeToLive.map { clock.now() + $0 }
        entries.withLock { $0[key] = Entry(writes: writes, expiry: expiry) }
    }

    public func clear(node: String?) {
        entries.withLock { entries in entries = node.map { name in entries.filter { $0.key.node != name } } ?? [:] }
    }
}
