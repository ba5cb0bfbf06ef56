// Turnledger. SPDX-License-Identifier: Apache-2.0

import Logging
import Synchronization
import TurnledgerStore

/// What one turn is counted as.
struct TurnTally: Hashable, Sendable {
    var thread: ThreadID
    var endedAt: Timestamp
    var counts: [String: Int64] = [:]

    mutating func add(_ metric: String, _ value: Int64 = 1) { counts[metric, default: 0] += value }
}

/// Counts turns in the store, a few seconds after they ended and beside them: a turn waits for nothing.
///
/// What a server has not stored when it is killed is not counted.
final class StatisticsRecorder: Sendable {
    typealias Store = RunStore & StatisticsStore

    private let store: any Store
    private let logger: Logger
    private let pending = Mutex<[TurnTally]>([])

    /// Beyond so many turns the oldest are forgotten: the store has taken none for long.
    private static let bound = 50_000

    init(store: any Store, logger: Logger) {
        self.store = store
        self.logger = logger
    }

    func record(_ tally: TurnTally) {
        pending.withLock { pending in
            pending.append(tally)
            if pending.count > Self.bound { pending.removeFirst(pending.count - Self.bound) }
        }
    }

    /// Stores what was recorded. Labels are those that the threads have now.
    func flush() async {
        // Counters are not spooled: they wait here until the database is back.
        if let store = store as? any DegradableStore, store.condition.state == .degraded { return }
        let tallies = pending.withLock { pending in
            defer { pending = [] }
            return pending
        }
        guard !tallies.isEmpty else { return }
        var threads: [ThreadID: ThreadRecord] = [:]
        do throws(StoreError) {
            for id in Set(tallies.map(\.thread)) { threads[id] = try await store.thread(id) }
        } catch {
            pending.withLock { $0.insert(contentsOf: tallies, at: 0) }
            return
        }
        do throws(StoreError) {
            try await store.add(Self.counts(of: tallies, in: threads))
        } catch {
            // Whether they were added is not known: rather too few than twice.
            logger.warning("Turns were not counted", metadata: ["error": "\(error.code)", "turns": "\(tallies.count)"])
        }
    }

    /// Each turn counts for everybody together and for its owner, each once whatever its labels and once for each label.
    /// A thread that is gone counts for nobody: its owner may have been erased.
    private static func counts(
        of tallies: [TurnTally], in threads: [ThreadID: ThreadRecord]
    ) -> [StatisticsKey: Int64] {
        var counts: [StatisticsKey: Int64] = [:]
        for tally in tallies {
            let day = StatisticsKey.day(of: tally.endedAt)
            let thread = threads[tally.thread]
            let labels: [String?] = [nil] + (thread?.labels.map { "\($0.key):\($0.value)" } ?? [])
            let owners = [nil, thread?.owner].filter { $0 != "" }
            for (metric, count) in tally.counts {
                for label in labels {
                    for owner in Set(owners) {
                        counts[StatisticsKey(day: day, owner: owner, label: label, metric: metric), default: 0] += count
                    }
                }
            }
        }
        return counts
    }
}
