// Turnledger. SPDX-License-Identifier: Apache-2.0

import Synchronization
import TurnledgerStore

/// Numbers the events of one attempt and gives them to the followers and to the log.
final class RunEmitter: Sendable {
    private let feed: RunFeed
    private let log: EventLog
    private let attempt: Int
    private struct State {
        var next = 0
        var isInStep = false
    }

    private let state = Mutex(State())

    init(feed: RunFeed, log: EventLog, attempt: Int) {
        self.feed = feed
        self.log = log
        self.attempt = attempt
    }

    /// What ends the step that has begun; nothing where none has.
    var endOfStep: [RunEvent] { state.withLock { $0.isInStep ? [.stepFinished] : [] } }

    /// Shows events; the end of a step that has not begun is left out.
    func emit(_ events: [RunEvent]) {
        let isInStep = state.withLock { $0.isInStep }
        let events = !isInStep && events.first == .stepFinished ? Array(events.dropFirst()) : events
        record(events)
        feed.publish(events)
    }

    /// Stores the run's last events, then does what must come before anybody sees them, then shows them.
    func end(with events: [RunEvent], after finish: () async throws -> Void) async rethrows {
        record(events)
        await log.flush()
        try await finish()
        feed.publish(events)
    }

    private func record(_ events: [RunEvent]) {
        guard !events.isEmpty else { return }
        // Numbering and adding are one step, so that the log has them in order.
        state.withLock { state in
            let records = events.enumerated().map { offset, event in
                RunEventRecord(
                    run: feed.run, attempt: attempt, number: state.next + offset, payload: event.json.serialized())
            }
            state.next += events.count
            for event in events {
                if event == .stepStarted { state.isInStep = true }
                if event == .stepFinished { state.isInStep = false }
            }
            log.add(records)
        }
    }
}
