// Turnledger. SPDX-License-Identifier: Apache-2.0

import CoreMetrics
import TurnledgerServer
import TurnledgerStore

/// Looks whether the store goes on without its database, and what lies in the spool.
struct SpoolCollector: MetricsCollector {
    let store: any DegradableStore
    let factory: any MetricsFactory

    func collect() async {
        let condition = store.condition
        for state in StoreCondition.State.allCases {
            Meter(
                label: "turnledger_store_state", dimensions: [("state", state.rawValue)], factory: factory
            ).set(condition.state == state ? 1 : 0)
        }
        for (name, count) in [
            ("spool_threads", condition.spooledThreads), ("outages_total", condition.counters.outages),
            ("spooled_threads_total", condition.counters.spooledThreads),
            ("merged_threads_total", condition.counters.mergedThreads),
            ("merge_branches_total", condition.counters.branches),
            ("merges_postponed_total", condition.counters.postponedMerges),
        ] {
            Meter(label: "turnledger_\(name)", factory: factory).set(count)
        }
    }
}
