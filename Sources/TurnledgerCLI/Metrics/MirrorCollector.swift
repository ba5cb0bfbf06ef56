// Turnledger. SPDX-License-Identifier: Apache-2.0

import CoreMetrics
import TurnledgerServer
import TurnledgerStore
import TurnledgerTransfer

/// Tells how far the secondary of a mirror is behind, and which store is which.
struct MirrorCollector: MetricsCollector {
    let store: MirrorStore
    let factory: any MetricsFactory

    func collect() async {
        let (status, lag) = (store.status, store.lag)
        for side in MirrorSide.allCases {
            Meter(label: "turnledger_mirror_primary", dimensions: [("store", side.rawValue)], factory: factory)
                .set(status.roles?.primary == side ? 1 : 0)
        }
        Meter(label: "turnledger_mirror_lag_seconds", factory: factory).set(Double(lag.microseconds) / 1_000_000)
        for (name, count) in [
            ("epoch", status.roles?.epoch ?? 0), ("queued", Int64(status.tally.queued)),
            ("setbacks_total", Int64(status.tally.setbacks)),
            ("shadow_reads_total", Int64(status.tally.shadowReads)),
            ("shadow_differences_total", Int64(status.tally.shadowDifferences)),
        ] {
            Meter(label: "turnledger_mirror_\(name)", factory: factory).set(count)
        }
    }
}
