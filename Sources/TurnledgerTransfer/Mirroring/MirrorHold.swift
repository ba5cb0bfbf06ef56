// Turnledger. SPDX-License-Identifier: Apache-2.0

import Synchronization
import TurnledgerStore

/// A record that this process holds, and whose beat it raises as long as it does.
final class MirrorHold: Sendable {
    private let store: any MirrorableStore
    private let state: Mutex<MirrorRecord?>

    init(of record: MirrorRecord, in store: any MirrorableStore) {
        self.store = store
        state = Mutex(record)
    }

    /// The record as it is; `nil`: another has taken it.
    var record: MirrorRecord? { state.withLock { $0 } }

    func lose() { state.withLock { $0 = nil } }

    /// Shows that the holder is there. A store that is away is asked again with the next beat.
    func beat() async {
        guard let old = record else { return }
        var new = old
        new.beat += 1
        do throws(StoreError) {
            if try await store.replaceMirrorRecord(old, with: new) {
                state.withLock { if $0 != nil { $0 = new } }
            } else {
                // An answer that was lost raised it perhaps.
                let there = try await store.mirrorRecord()
                state.withLock { $0 = there?.standing == old.standing ? there : nil }
            }
        } catch {}
    }

    /// Beats until the Swift task is cancelled or the record is another's.
    func beating(every interval: Duration) async {
        while !Task.isCancelled, record != nil {
            try? await Task.sleep(for: interval)
            if !Task.isCancelled { await beat() }
        }
    }

    /// Puts another record in its place, once.
    ///
    /// - Returns: `false` where it is another's by now.
    func replace(with new: MirrorRecord) async throws(StoreError) -> Bool {
        guard let old = record else { return false }
        defer { lose() }
        return try await store.replaceMirrorRecord(old, with: new)
    }
}
