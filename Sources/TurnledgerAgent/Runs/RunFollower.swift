// Turnledger. SPDX-License-Identifier: Apache-2.0

public import TurnledgerStore

/// The events of a run, from its first to its last: those that are ready together come together.
///
/// Ends after an event with `isLast`. Following costs the run nothing: a slow follower reads later, from memory. Throws
/// `AgentError` where the run cannot be followed to its end; whoever follows it anew sees all of it.
public struct RunFollower: AsyncSequence, Sendable {
    public typealias Element = [RunEvent]

    /// The run that is followed: what to give to `AgentService.follow(_:)` after a broken connection.
    public var run: RunID { feed.run }
    let feed: RunFeed
    /// What fills the feed for as long as somebody follows; `nil` where the run is executed here.
    var source: LogFollowing?

    public func makeAsyncIterator() -> Iterator { Iterator(feed: feed, source: source) }

    /// Reads at its own pace; each iterator begins with the first event.
    public struct Iterator: AsyncIteratorProtocol {
        private let feed: RunFeed
        private let source: LogFollowing?
        private let bell = FollowerBell()
        private var position = 0
        private var isOver = false

        init(feed: RunFeed, source: LogFollowing?) {
            self.feed = feed
            self.source = source
        }

        public mutating func next() async throws -> [RunEvent]? {
            while true {
                let events = try await next(wakenBy: bell)
                if events?.isEmpty != true { return events }
            }
        }

        /// The next events; none where the bell was rung from outside.
        package mutating func next(wakenBy bell: FollowerBell) async throws -> [RunEvent]? {
            guard !isOver else { return nil }
            let events = try await feed.events(from: position, wakenBy: bell)
            position += events.count
            isOver = events.last?.isLast ?? feed.isOver(at: position)
            return events.isEmpty && isOver ? nil : events
        }
    }
}
