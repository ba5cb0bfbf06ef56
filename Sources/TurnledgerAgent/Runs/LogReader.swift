// Turnledger. SPDX-License-Identifier: Apache-2.0

import TurnledgerStore

/// Reads the events of a run that is not executed here from the log into a feed; once it is, from memory.
struct LogReader: Sendable {
    let store: any ConversationStore
    let feed: RunFeed
    let changes: RunChanges
    /// The run's feed, where it is executed here.
    let local: @Sendable () -> RunFeed?

    private static let page = 1000

    /// How far the log has been read.
    private struct Position {
        var index = 0
        /// The attempt that made the events before `index`.
        var attempt: Int?
    }

    /// Fills the feed until the run has ended, or the Swift task is cancelled.
    func run() async {
        let bell = FollowerBell()
        var position = Position()
        do {
            while !Task.isCancelled {
                let events = try await events(behind: &position, bell)
                feed.publish(events)
                if events.isEmpty || events.contains(where: \.isLast) { break }
            }
            feed.end()
        } catch {
            feed.fail(
                (error as? AgentError) ?? (error as? StoreError).map { AgentError($0) }
                    ?? AgentError(.internalFailure, "The answer broke off. Load the conversation again."))
        }
    }

    /// The events behind a position; waits for one while the run goes on elsewhere. Empty where the run has ended.
    ///
    /// - Throws: `.unavailable` when the run was begun anew: what was read of the earlier attempt is superseded.
    private func events(behind position: inout Position, _ bell: FollowerBell) async throws -> [RunEvent] {
        while true {
            // Numbers mean the same in both, as long as the attempt is.
            if position.attempt == nil, let feed = local() {
                let events = try await feed.events(from: position.index, wakenBy: bell)
                position.index += events.count
                if events.isEmpty, !feed.isOver(at: position.index) { continue }
                return events
            }
            // Before anything is read, so that no change is missed.
            let isHeard = changes.listen(for: feed.run, bell)
            defer { changes.forget(feed.run, bell) }
            // The run is read first: a run that has ended has all its events in the log.
            let record = try await store.run(feed.run)
            let isOver = record?.status.isFinished ?? true
            if let known = position.attempt, let record, record.attempt != known { throw Self.superseded }
            let records = try await store.events(of: feed.run, from: position.index, limit: Self.page)
            if let attempt = records.first?.attempt {
                guard attempt == position.attempt ?? attempt else { throw Self.superseded }
                position.attempt = attempt
                position.index += records.count
                let events = records.compactMap(RunEvent.init)
                if events.isEmpty { continue }
                return events
            }
            if isOver {
                // It was stopped while it waited for its turn.
                if position.index == 0, record?.status == .cancelled { return [.aborted] }
                return []
            }
            await bell.wait(atMost: RunChanges.interval(isHeard: isHeard, isPending: record?.status == .pending))
            try Task.checkCancellation()
        }
    }

    private static let superseded = AgentError(
        .unavailable, "The answer was interrupted and begun anew. Load the conversation again.")
}
