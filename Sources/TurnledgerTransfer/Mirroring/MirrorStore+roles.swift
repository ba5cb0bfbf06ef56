// Turnledger. SPDX-License-Identifier: Apache-2.0

import Logging
import TurnledgerStore

// Reads the two records, and ends what somebody began with them and did not end. Every step is a change of one record
// from what was seen, so that any number of servers may take it.

extension MirrorStore {
    enum Look {
        case roles(MirrorRoles)
        case sealed(MirrorSide, MirrorRecord)
    }

    /// Looks which store is the primary. What a store's own record says of itself counts.
    func look() async throws(StoreError) -> Look {
        for _ in 0..<100 {
            let likely = knownRoles?.primary ?? .first
            var (records, failure): ([MirrorSide: MirrorRecord], StoreError?) = ([:], nil)
            for side in [likely, likely.other] {
                do throws(StoreError) {
                    guard let record = try await part(side).mirrorRecord() else { continue }
                    records[side] = record
                    switch record.role {
                    case .primary: return .roles(MirrorRoles(primary: side, epoch: record.epoch))
                    case .sealed: return .sealed(side, record)
                    case .secondary: continue
                    }
                } catch {
                    failure = error
                }
            }
            if let failure { throw failure }
            try await complete(records[.first], records[.second])
        }
        throw StoreError(.unavailable, "The records of the mirror change all the time. Try again.")
    }

    /// Takes the next step to a primary where there is none.
    private func complete(_ first: MirrorRecord?, _ second: MirrorRecord?) async throws(StoreError) {
        switch (first, second) {
        case (nil, nil):
            // Who is to be the secondary is said first: two servers that are configured the other way round meet here.
            _ = try await self.second.replaceMirrorRecord(nil, with: MirrorRecord(role: .secondary, epoch: 0))
        case (nil, let record?) where record.epoch == 0:
            _ = try await self.first.replaceMirrorRecord(nil, with: MirrorRecord(role: .primary, epoch: 1))
        case (let record?, nil) where record.epoch == 0:
            _ = try await self.second.replaceMirrorRecord(nil, with: MirrorRecord(role: .primary, epoch: 1))
        case (let one?, let other?) where one.epoch != other.epoch:
            // A switch that was decided: the primary before has given its place up.
            let (old, new): (MirrorRecord, MirrorSide) =
                one.epoch < other.epoch ? (one, .first) : (other, .second)
            _ = try await part(new)
                .replaceMirrorRecord(old, with: MirrorRecord(role: .primary, epoch: max(one.epoch, other.epoch)))
        case (nil, _), (_, nil):
            throw StoreError(
                .invalid,
                "One store of the mirror is a secondary, and the other has no role: the mirror was ended, or the other store was "
                    + "emptied. Serve the one that holds the conversations by itself (`--store`). To mirror them again, "
                    + "take the roles away first: `turnledger transfer unmirror --both`.")
        default:
            throw StoreError(
                .invalid,
                "Both stores of the mirror are secondaries: servers are configured the other way round. Let all of them "
                    + "have the same `store.mirror`, and remove the records with `turnledger transfer unmirror --both`."
            )
        }
    }

    /// Gives a primary back to its writers, whose switch has stopped half way.
    func unseal(_ side: MirrorSide, _ record: MirrorRecord) async throws(StoreError) {
        let isDone = try await part(side)
            .replaceMirrorRecord(record, with: MirrorRecord(role: .primary, epoch: record.epoch))
        if isDone { logger.warning("Switch was given up, the primary stays", metadata: ["epoch": "\(record.epoch)"]) }
    }

    /// Makes a courier the one that brings marks to the secondary, if nobody else does or it is forced.
    ///
    /// - Returns: The secondary's record; `nil`: another one is there.
    func takeSecondary(
        _ roles: MirrorRoles, for name: String, watch: inout StandstillWatch, isForced: Bool
    ) async throws(StoreError) -> MirrorRecord? {
        let secondary = part(roles.primary.other)
        let record = try await secondary.mirrorRecord()
        if let record {
            guard record.role == .secondary, record.epoch <= roles.epoch else {
                guard record.role == .secondary else { return nil }
                throw StoreError(
                    .invalid,
                    "The secondary belongs to another mirror: its epoch is \(record.epoch), the primary's \(roles.epoch)."
                )
            }
            if record.epoch == roles.epoch, record.holder == name { return record }
            if let holder = record.holder, holder != name, !isForced,
                !watch.hasStood(record, for: settings.takeOver)
            {
                return nil
            }
        }
        let own = MirrorRecord(role: .secondary, epoch: roles.epoch, holder: name, beat: (record?.beat ?? 0) + 1)
        return try await secondary.replaceMirrorRecord(record, with: own) ? own : nil
    }
}
