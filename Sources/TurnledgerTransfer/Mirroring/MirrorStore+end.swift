// Turnledger. SPDX-License-Identifier: Apache-2.0

public import TurnledgerStore

extension MirrorStore {
    /// Takes the primary's role away, so that it can be served by itself. The secondary stays marked as one, so that nobody
    /// serves what is old by mistake, and no server of the pair begins anew on it.
    ///
    /// No server may serve the mirror any more. May be repeated.
    ///
    /// - Parameters:
    ///   - isForgettingSecondary: Whether the secondary's role is taken away as well.
    ///   - isSecondaryLost: Whether a store that does not answer is passed over: it is gone for good, and is the secondary.
    /// - Returns: How many threads and logs the secondary lacks.
    /// - Throws: `.conflict` where a server still serves the mirror, `.invalid` where neither store is the primary and the
    ///   secondary is not to be forgotten, `.unavailable` where a store does not answer.
    public func end(
        forgettingSecondary isForgettingSecondary: Bool, secondaryIsLost isSecondaryLost: Bool = false
    ) async throws(StoreError) -> Int {
        var sides: [MirrorSide] = []
        for side in MirrorSide.allCases {
            do throws(StoreError) {
                try await requireStandstill(of: part(side))
                sides.append(side)
            } catch {
                guard isSecondaryLost, error.code == .unavailable else { throw error }
            }
        }
        if sides.count == 2 { try await completeSwitch() }
        var (left, isFound) = (0, false)
        for side in sides {
            guard let record = try await part(side).mirrorRecord(), record.role != .secondary else { continue }
            isFound = true
            left = try await part(side).mirrorBacklog(limit: 0).count
            try await remove(record, from: part(side))
        }
        for side in sides {
            guard let record = try await part(side).mirrorRecord() else { continue }
            if isForgettingSecondary, isFound || sides.count == 2 {
                try await remove(record, from: part(side))
            } else if !isFound {
                throw StoreError(
                    .invalid,
                    "No store of the mirror that answers is its primary; only a secondary is left, which may be old. Where it "
                        + "is to be a store like any other, take its role away, too (`turnledger transfer unmirror --both`)."
                )
            }
        }
        return left
    }

    /// Ends a switch that was decided, and whose last step nobody took.
    private func completeSwitch() async throws(StoreError) {
        guard let one = try await first.mirrorRecord(), let other = try await second.mirrorRecord(),
            one.role == .secondary, other.role == .secondary, one.epoch != other.epoch
        else { return }
        if let known = knownRoles { forgetRoles(known) }
        _ = try await roles(until: .now + settings.patience)
    }

    private func remove(_ record: MirrorRecord, from store: any MirrorableStore) async throws(StoreError) {
        guard try await store.replaceMirrorRecord(record, with: nil) else { throw Self.served }
    }

    /// Whoever holds a record raises its beat, and a secondary that nobody holds is soon taken by a server that serves. One
    /// that is just being stopped gets the time to stand still.
    private func requireStandstill(of store: any MirrorableStore) async throws(StoreError) {
        var watch = StandstillWatch()
        let begun = ContinuousClock.now
        var before: MirrorRecord?
        while let record = try await store.mirrorRecord(), record.holder != nil || record.role == .secondary {
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
