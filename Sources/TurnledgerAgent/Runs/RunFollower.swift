// Turnledger. SPDX-License-Identifier: Apache-2.0

public import TurnledgerStore

/// The events of a run, from its first to its last: those that are ready together come together.
///
/// Ends after an event with `isLast`. Following costs the run nothing: a slow follower reads later, from memory or from
/// the log. Throws `AgentError` where the run cannot be followed to its end; whoever follows it anew sees all of it.
public struct RunFollower: AsyncSequence, Sendable {
    public typealias Element = [RunEvent]

    /// How far somebody has read.
    struct Position: Sendable {
        var index = 0
        /// The attempt that made the events before `index`, where they come from the log.
        var attempt: Int?
    }

    /// The run that is followed: what to give to `AgentService.follow(_:)` after a broken connection.
    public let run: RunID
    /// Returns the events behind a position, one at least, and moves it; nothing: there are none any more.
    let read: @Sendable (inout Position) async throws -> [RunEvent]

    public func makeAsyncIterator() -> Iterator { Iterator(read: read) }

    /// Reads at its own pace; each iterator begins with the first event.
    public struct Iterator: AsyncIteratorProtocol {
        let read: @Sendable (inout Position) async throws -> [RunEvent]
        private var position = Position()
        private var isOver = false

        init(read: @escaping @Sendable (inout Position) async throws -> [RunEvent]) { self.read = read }

        public mutating func next() async throws -> [RunEvent]? {
            guard !isOver else { return nil }
            let events = try await read(&position)
            isOver = events.last?.isLast ?? true
            return events.isEmpty ? nil : events
        }
    }
}
