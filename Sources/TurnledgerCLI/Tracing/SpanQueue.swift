// Turnledger. SPDX-License-Identifier: Apache-2.0

import CoreMetrics
import Synchronization

/// The spans that wait for their export. Adding never waits: beyond the bound spans are dropped, and counted.
final class SpanQueue: Sendable {
    private let spans = Mutex<[FinishedSpan]>([])
    private let bound: Int
    private let exported: Counter
    private let dropped: Counter
    private let failed: Counter

    init(bound: Int = 16_384, factory: any MetricsFactory = NOOPMetricsHandler.instance) {
        self.bound = bound
        func counter(_ outcome: String) -> Counter {
            let counter = Counter(
                label: "turnledger_spans_total", dimensions: [("outcome", outcome)], factory: factory)
            counter.increment(by: 0)
            return counter
        }
        exported = counter("exported")
        dropped = counter("dropped")
        failed = counter("failed")
    }

    func add(_ span: FinishedSpan) {
        let isFull = spans.withLock { spans in
            guard spans.count < bound else { return true }
            spans.append(span)
            return false
        }
        if isFull { dropped.increment() }
    }

    /// The oldest spans, at most so many; `nil`: there are none.
    func take(_ count: Int) -> [FinishedSpan]? {
        spans.withLock { spans in
            guard !spans.isEmpty else { return nil }
            let taken = Array(spans.prefix(count))
            spans.removeFirst(taken.count)
            return taken
        }
    }

    /// Puts back what could not be sent yet.
    func putBack(_ batch: [FinishedSpan]) {
        let excess = spans.withLock { spans in
            let kept = batch.prefix(max(0, bound - spans.count))
            spans.insert(contentsOf: kept, at: 0)
            return batch.count - kept.count
        }
        if excess > 0 { dropped.increment(by: excess) }
    }

    /// - Parameter refused: How many of them the collector has not taken.
    func wereExported(_ count: Int, but refused: Int) {
        exported.increment(by: count - refused)
        haveFailed(refused)
    }

    func haveFailed(_ count: Int) { if count > 0 { failed.increment(by: count) } }

    /// What is left when the process ends.
    func dropAll() {
        let count = spans.withLock { spans in
            defer { spans = [] }
            return spans.count
        }
        if count > 0 { dropped.increment(by: count) }
    }
}
