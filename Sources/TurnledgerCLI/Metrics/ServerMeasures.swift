// Turnledger. SPDX-License-Identifier: Apache-2.0

import CoreMetrics
import TurnledgerAgent
import TurnledgerServer
import TurnledgerStore
import TurnledgerTransfer

#if PostgreSQL
    import TurnledgerPostgres
#endif

/// What a server measures, of its store among others: made before the store is opened.
struct ServerMeasures: Sendable {
    let registry = PrometheusRegistry()

    var agent: AgentMetrics { AgentMetrics(factory: registry) }

    /// What the store is to tell of its round trips.
    var storeObserver: any StoreObserver { StoreMetrics(factory: registry) }

    /// `GET /metrics` for a server.
    ///
    /// - `database`: What the store stands on: the store itself, or the database that a spool stands in for.
    func endpoint(
        store: any ConversationStore, database: any ConversationStore, at location: StoreLocation,
        access: MetricsEndpoint.Access
    ) -> MetricsEndpoint {
        var collectors: [any MetricsCollector] = [
            StoreCollector(store: database, factory: registry),
            StorageCollector(store: database, location: location, factory: registry),
        ]
        if let chores = database as? any ChoreStore {
            collectors.append(ChoreCollector(store: chores, factory: registry))
        }
        if let degradable = store as? any DegradableStore {
            collectors.append(SpoolCollector(store: degradable, factory: registry))
        }
        if let mirror = store as? MirrorStore { collectors.append(MirrorCollector(store: mirror, factory: registry)) }
        #if PostgreSQL
            if let pool = database as? PostgresStore {
                collectors.append(PoolCollector(store: pool, factory: registry))
            }
        #endif
        Meter(
            label: "turnledger_build_info",
            dimensions: [("version", TurnledgerVersion.current), ("store", location.kind)], factory: registry
        ).set(1)
        return MetricsEndpoint(registry: registry, collectors: collectors, access: access)
    }
}

extension StoreLocation {
    /// The kind of store in a word.
    var kind: String {
        switch self {
        case .memory: "memory"
        case .sqlite: "sqlite"
        case .redis: "redis"
        case .mirror: "mirror"
        case .postgresql: "postgresql"
        }
    }
}
