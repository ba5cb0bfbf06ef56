// Turnledger. SPDX-License-Identifier: Apache-2.0

import Synchronization
import TurnledgerStore

/// Fills a feed from the log for as long as somebody holds it.
final class LogFollowing: Sendable {
    let feed: RunFeed
    fileprivate let handover: FeedHandover
    private let task: Task<Void, Never>

    fileprivate init(_ reader: LogReader, _ handover: FeedHandover, onEnd: @escaping @Sendable () -> Void) {
        feed = reader.feed
        self.handover = handover
        task = untraced {
            Task {
                await reader.run()
                onEnd()
            }
        }
    }

    deinit { task.cancel() }
}

/// The feed of a run that is begun here after all. Whoever follows the run has it from then on, though the run may have
/// ended, and the store be away, before they look.
final class FeedHandover: Sendable {
    private let taken = Mutex<RunFeed?>(nil)

    var feed: RunFeed? { taken.withLock { $0 } }

    fileprivate func take(_ feed: RunFeed) { taken.withLock { $0 = feed } }
}

/// The runs that are followed here and were not begun here: all who follow one share what is read of it.
final class LogFollowings: Sendable {
    private struct Entry {
        var number: Int
        /// The attempt that was under way when the reading began.
        var attempt: Int
        weak var following: LogFollowing?
    }

    private struct State {
        var entries: [RunID: Entry] = [:]
        var next = 0
    }

    private let state = Mutex(State())

    /// Joins those who follow an attempt at a run; the first one begins to read. Those who follow an earlier attempt are
    /// about to be told that it was superseded.
    func following(_ run: RunRecord, _ reader: (RunFeed, FeedHandover) -> LogReader) -> LogFollowing {
        state.withLock { state in
            if let entry = state.entries[run.id], entry.attempt == run.attempt, let known = entry.following {
                return known
            }
            state.next += 1
            let number = state.next
            let handover = FeedHandover()
            let following = LogFollowing(reader(RunFeed(run: run.id), handover), handover) { [weak self] in
                self?.forget(run.id, number)
            }
            state.entries[run.id] = Entry(number: number, attempt: run.attempt, following: following)
            return following
        }
    }

    /// Hands a run's feed to those who follow it: it is begun here.
    func wasBegun(_ run: RunID, _ feed: RunFeed) {
        state.withLock { $0.entries[run]?.following }?.handover.take(feed)
    }

    /// Whoever comes from now on reads anew.
    private func forget(_ run: RunID, _ number: Int) {
        state.withLock { if $0.entries[run]?.number == number { $0.entries[run] = nil } }
    }
}
