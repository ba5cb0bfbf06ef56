// Turnledger. SPDX-License-Identifier: Apache-2.0

import CoreMetrics
import Synchronization
import TurnledgerStore

/// Measures the round trips of a store.
///
/// Cost: a look-up by the statement's name and an addition to a histogram, beside a round trip.
final class StoreMetrics: StoreObserver {
    private let factory: any MetricsFactory
    private let timers = Mutex<[String: Timer]>([:])

    init(factory: any MetricsFactory) { self.factory = factory }

    func executed(_ statement: String, in duration: Duration, error: StoreError.Code?) {
        let timer = timers.withLock { timers in
            if let timer = timers[statement] { return timer }
            let timer = Timer(
                label: "turnledger_statement_seconds", dimensions: [("statement", statement)], factory: factory)
            timers[statement] = timer
            return timer
        }
        timer.recordNanoseconds(duration.nanoseconds)
        guard let error else { return }
        Counter(
            label: "turnledger_store_errors_total",
            dimensions: [("statement", statement), ("code", error.description)], factory: factory
        ).increment()
    }
}
