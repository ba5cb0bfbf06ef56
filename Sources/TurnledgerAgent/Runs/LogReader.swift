// Turnledger. SPDX-License-Identifier: Apache-2.0

import TurnledgerStore

/// Reads the events of a run that is not executed here from the log into a feed; once it is, from memory.
struct LogReader: Sendable {
    let store: any ConversationStore
    let feed: RunFeed
    let changes: RunChanges
    /// Whether the run waited for its turn when it was seen last.
    let isPending: Bool
    /// The run's feed, where it is executed here.
    let local: @Sendable () -> RunFeed?

    private static let page = 1000
    private static let awayInterval = Duration.milliseconds(250)

    /// How far the log has been read.
    private struct Position {
        var index = 0
        /// The attempt that made the events before `index`.
        var attempt: Int?
        /// Whether the run waited for its turn when it was read.
        var isPending: Bool
    }

    /// Fills the feed until the run has ended, or the Swift task is cancelled.
    func run() async {
        let bell = FollowerBell()
        var position = Position(isPending: isPending)
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
            guard let (record, records) = try await look(from: position) else {
                await bell.wait(atMost: Self.awayInterval)
                try Task.checkCancellation()
                continue
            }
            position.isPending = record?.status == .pending
            let isOver = record?.status.isFinished ?? true
            if let known = position.attempt, let record, record.attempt != known { throw Self.superseded }
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
            await bell.wait(atMost: RunChanges.interval(isHeard: isHeard, isPending: position.isPending))
            try Task.checkCancellation()
        }
    }

    /// The run and its events from a position on; `nil`: the run waits for its turn in a database that is away, and is seen
    /// again when that is back.
    private func look(from position: Position) async throws(StoreError) -> (RunRecord?, [RunEventRecord])? {
        do throws(StoreError) {
            // The run is read first: a run that has ended has all its events in the log.
            let record = try await store.run(feed.run)
            let events = try await store.events(of: feed.run, from: position.index, limit: Self.page)
            return record == nil && position.isPending && isAway ? nil : (record, events)
        } catch {
            let isWaiting = position.isPending && error.code == .unavailable
            guard isWaiting, isAway || error.underlying is HistoryUnavailable else { throw error }
            return nil
        }
    }

    private var isAway: Bool {
        (store as? any DegradableStore).map { $0.condition.state != .connected } ?? false
    }

    private static let superseded = AgentError(
        .unavailable, "The answer was interrupted and begun anew. Load the conversation again.")
}
