// Turnledger. SPDX-License-Identifier: Apache-2.0

public import TurnledgerStore

extension MirrorStore {
    /// Takes the primary's role away, so that it can be served by itself. The secondary stays marked as one, so that nobody
    /// serves what is old by mistake, and no server of the pair begins anew on it.
    ///
    /// No server may serve the mirror any more. May be repeated.
    ///
    /// - Parameter isForgettingSecondary: Whether the secondary's role is taken away as well.
    /// - Returns: How many threads and logs the secondary lacks.
    /// - Throws: `.conflict` where a server still serves the mirror, `.invalid` where neither store is the primary and the
    ///   secondary is not to be forgotten.
    public func end(forgettingSecondary isForgettingSecondary: Bool) async throws(StoreError) -> Int {
        for side in MirrorSide.allCases { try await requireStandstill(of: part(side)) }
        let (one, other) = (try await first.mirrorRecord(), try await second.mirrorRecord())
        if let one, let other, one.role == .secondary, other.role == .secondary, one.epoch != other.epoch {
            // A switch that was decided.
            if let known = knownRoles { forgetRoles(known) }
            _ = try await roles(until: .now + settings.patience)
        }
        var (left, isFound) = (0, false)
        for side in MirrorSide.allCases {
            guard let record = try await part(side).mirrorRecord(), record.role != .secondary else { continue }
            isFound = true
            left = try await part(side).mirrorBacklog(limit: 0).count
            try await remove(record, from: part(side))
        }
        for side in MirrorSide.allCases {
            guard let record = try await part(side).mirrorRecord() else { continue }
            if isForgettingSecondary {
                try await remove(record, from: part(side))
            } else if !isFound {
                throw StoreError(.invalid, "No store of the mirror is its primary; only a secondary is left.")
            }
        }
        return left
    }

    private func remove(_ record: MirrorRecord, from store: any MirrorableStore) async throws(StoreError) {
        guard try await store.replaceMirrorRecord(record, with: nil) else { throw Self.served }
    }

    /// Whoever holds a record raises its beat. One that is just being stopped gets the time to stand still.
    private func requireStandstill(of store: any MirrorableStore) async throws(StoreError) {
        var watch = StandstillWatch()
        let begun = ContinuousClock.now
        var before: MirrorRecord?
        while let record = try await store.mirrorRecord(), record.holder != nil {
            if watch.hasStood(record, for: settings.takeOver) { return }
            if let before, before != record, ContinuousClock.now - begun > settings.takeOver { throw Self.served }
            before = record
            await pause(settings.beat / 2)
        }
    }

    private static var served: StoreError {
        StoreError(
            .conflict,
            "A server still serves the mirror, or somebody switches it. Stop all servers first, then end the mirror again."
        )
    }
}
