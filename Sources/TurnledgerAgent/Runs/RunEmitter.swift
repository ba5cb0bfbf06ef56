// Turnledger. SPDX-License-Identifier: Apache-2.0

import Synchronization
import TurnledgerStore

/// Numbers the events of one attempt and gives them to the followers and to the log.
final class RunEmitter: Sendable {
    private let feed: RunFeed
    private let log: EventLog
    private let attempt: Int
    private let next = Mutex(0)

    init(feed: RunFeed, log: EventLog, attempt: Int) {
        self.feed = feed
        self.log = log
        self.attempt = attempt
    }

    func emit(_ events: [RunEvent]) {
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
        next.withLock { next in
            let records = events.enumerated().map { offset, event in
                RunEventRecord(run: feed.run, attempt: attempt, number: next + offset, payload: event.json.serialized())
            }
            next += events.count
            log.add(records)
        }
    }
}
