// Turnledger. SPDX-License-Identifier: Apache-2.0

import CoreMetrics
import Synchronization
import TurnledgerServer
import TurnledgerStore

/// Looks whether the store answers.
struct StoreCollector: MetricsCollector {
    let store: any ConversationStore
    let factory: any MetricsFactory

    func collect() async {
        let isUp = await StoreProbe.answers(store)
        Meter(label: "turnledger_store_up", factory: factory).set(isUp ? 1 : 0)
    }
}

/// Looks how large the store has become, at most once a minute: measuring files is not free.
final class StorageCollector: MetricsCollector {
    private let store: any ConversationStore
    private let location: StoreLocation
    private let factory: any MetricsFactory
    private let lastLook = Mutex<ContinuousClock.Instant?>(nil)

    private static let interval = Duration.seconds(60)

    init(store: any ConversationStore, location: StoreLocation, factory: any MetricsFactory) {
        self.store = store
        self.location = location
        self.factory = factory
    }

    func collect() async {
        let now = ContinuousClock.now
        let isDue = lastLook.withLock { last in
            if let last, now - last < Self.interval { return false }
            last = now
            return true
        }
        guard isDue else { return }
        for table in await StoreHealth.tables(of: store, at: location) {
            meter("turnledger_storage_bytes", table: table.name).set(table.bytes)
            if let rows = table.rows { meter("turnledger_storage_rows", table: table.name).set(rows) }
        }
    }

    private func meter(_ name: String, table: String) -> Meter {
        Meter(label: name, dimensions: [("table", table)], factory: factory)
    }
}
