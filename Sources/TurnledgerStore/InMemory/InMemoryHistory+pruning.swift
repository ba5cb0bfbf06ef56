// Turnledger. SPDX-License-Identifier: Apache-2.0

extension InMemoryHistory {
    var outline: ThreadOutline {
        var outline = ThreadOutline(
            rows: rows.values.map { ThreadOutline.Row($0) }, blobs: Set(blobs.filter { $0.value.type != "empty" }.keys))
        outline.placesWithSends = Set(
            writes.filter { $0.value.contains { $0.channel == LegacySends.channel } }.keys)
        return outline
    }

    var isEmpty: Bool { rows.isEmpty && blobs.isEmpty && writes.isEmpty }

    var size: RemovedRows {
        RemovedRows(checkpoints: rows.count, blobs: blobs.count, writes: writes.values.reduce(0) { $0 + $1.count })
    }

    /// Does what a plan of this history says.
    mutating func carryOut(_ plan: PrunePlan, reducers: DeltaReducers) throws(StoreError) -> RemovedRows {
        var result = self
        for snapshot in plan.snapshots {
            guard let reducer = reducers[snapshot.channel] else { continue }
            let value = try result.history(of: snapshot.channel, along: snapshot.path).value(reducer)
            result.store(value, as: snapshot)
        }
        let before = size
        result.remove(plan)
        let after = result.size
        self = result
        return RemovedRows(
            checkpoints: before.checkpoints - after.checkpoints,
            blobs: before.blobs + plan.snapshots.count - after.blobs, writes: before.writes - after.writes)
    }

    func history(of channel: String, along path: ThreadOutline.DeltaPath) -> DeltaHistory {
        var history = DeltaHistory()
        if path.hasSeed, let first = path.places.first, let row = rows[first] {
            let version = row.channelVersions[channel]?.rawValue
            let blob = version.flatMap { blobs[.init(namespace: first.namespace, channel: channel, version: $0)] }
            history.seed = blob.flatMap { $0.type == "empty" ? nil : $0 } ?? row.channelValues[channel]
        }
        for place in path.places {
            let own = (writes[place] ?? []).filter { ExactText($0.channel) == ExactText(channel) }
            history.writes += own.sorted(by: PendingWrite.precedes)
        }
        return history
    }

    private mutating func store(_ value: PayloadValue, as snapshot: PrunePlan.Snapshot) {
        let key = BlobKey(
            namespace: snapshot.place.namespace, channel: snapshot.channel, version: snapshot.version)
        blobs[key] = Payload(.ext(LangGraphExt.deltaSnapshot(value)))
        rows[snapshot.place]?.channelValues[snapshot.channel] = Payload(.bool(true))
        guard let metadata = rows[snapshot.place]?.metadata.json else { return }
        rows[snapshot.place]?.metadata.json = DeltaCounters.cleared(metadata, of: [snapshot.channel])
    }

    private mutating func remove(_ plan: PrunePlan) {
        for namespace in plan.namespaces {
            order[namespace] = nil
            rows = rows.filter { $0.key.namespace != namespace }
            blobs = blobs.filter { $0.key.namespace != namespace }
            writes = writes.filter { $0.key.namespace != namespace }
        }
        for place in plan.checkpoints {
            rows[place] = nil
            writes[place] = nil
        }
        for namespace in Set(plan.checkpoints.map(\.namespace)) {
            let ids = (order[namespace] ?? []).filter { rows[.init(namespace: namespace, id: $0)] != nil }
            order[namespace] = ids.isEmpty ? nil : ids
        }
        for key in plan.blobs { blobs[key] = nil }
        for place in plan.firsts { rows[place]?.parent = nil }
    }
}
