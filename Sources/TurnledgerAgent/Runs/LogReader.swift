// Turnledger. SPDX-License-Identifier: Apache-2.0

import TurnledgerStore

/// Reads the events of a run that is not executed here from the log; once it is, from memory.
struct LogReader: Sendable {
    let store: any ConversationStore
    let run: RunID
    /// The run's feed, where it is executed here.
    let local: @Sendable () -> RunFeed?

    private static let page = 1000
    private static let interval = Duration.milliseconds(250)

    /// The events behind a position; waits for one while the run goes on elsewhere. Empty where the run has ended.
    ///
    /// - Throws: `.unavailable` when the run was begun anew: what was read of the earlier attempt is superseded.
    func events(behind position: inout RunFollower.Position) async throws -> [RunEvent] {
        do {
            while true {
                // Numbers mean the same in both, as long as the attempt is.
                if position.attempt == nil, let feed = local() {
                    let events = try await feed.events(from: position.index)
                    position.index += events.count
                    return events
                }
                // The run is read first: a run that has ended has all its events in the log.
                let record = try await store.run(run)
                let isOver = record?.status.isFinished ?? true
                let records = try await store.events(of: run, from: position.index, limit: Self.page)
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
                    if position.index > 0, try await wasBegunAnew(position) { throw Self.superseded }
                    return []
                }
                try await Task.sleep(for: record?.status == .pending ? Self.interval / 5 : Self.interval)
            }
        } catch let error as StoreError {
            throw AgentError(error)
        }
    }

    private func wasBegunAnew(_ position: RunFollower.Position) async throws(StoreError) -> Bool {
        try await store.events(of: run, from: 0, limit: 1).first.map { $0.attempt != position.attempt } ?? false
    }

    private static let superseded = AgentError(
        .unavailable, "The answer was interrupted and begun anew. Load the conversation again.")
}
