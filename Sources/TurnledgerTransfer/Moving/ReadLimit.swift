// Turnledger. SPDX-License-Identifier: Apache-2.0

internal import TurnledgerStore

/// Keeps the readings of a source below a rate.
actor ReadLimit {
    private let interval: Duration?
    private let clock = ContinuousClock()
    private var free: ContinuousClock.Instant

    /// - Parameter readsPerSecond: `nil`: as fast as it goes.
    init(readsPerSecond: Int?) {
        interval = readsPerSecond.map { .nanoseconds(1_000_000_000 / Int64(max(1, $0))) }
        free = clock.now
    }

    /// Waits until these many records may be read.
    ///
    /// - Throws: `.unavailable` where the caller was cancelled.
    func wait(for count: Int) async throws(StoreError) {
        guard let interval, count > 0 else { return }
        let begin = max(free, clock.now)
        free = begin + interval * count
        do { try await clock.sleep(until: begin) } catch {
            throw StoreError(.unavailable, "The transfer was stopped.", underlying: error)
        }
    }
}
