// Turnledger. SPDX-License-Identifier: Apache-2.0

#if PostgreSQL
    import CoreMetrics
    import TurnledgerPostgres
    import TurnledgerServer

    /// Looks at the pool of connections.
    struct PoolCollector: MetricsCollector {
        let store: PostgresStore
        let factory: any MetricsFactory

        func collect() async {
            let pool = await store.poolStatistics()
            for (state, count) in [("in_use", pool.inUse), ("idle", pool.idle), ("connecting", pool.connecting)] {
                Meter(
                    label: "turnledger_postgres_connections", dimensions: [("state", state)], factory: factory
                ).set(count)
            }
            for (name, count) in [
                ("waiting_calls", pool.waiting), ("connections_opened_total", pool.opened),
                ("connections_failed_total", pool.failed), ("shared_commits_total", pool.shared),
            ] {
                Meter(label: "turnledger_postgres_\(name)", factory: factory).set(count)
            }
        }
    }
#endif
