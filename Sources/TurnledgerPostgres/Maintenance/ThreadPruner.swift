// Turnledger. SPDX-License-Identifier: Apache-2.0

internal import TurnledgerStore

/// Reads a thread's outline, and does what a plan made of it says, in one transaction.
struct ThreadPruner: Sendable {
    let session: PostgresSession
    let statements: Statements
    let thread: ThreadID
    let cipher: (any PayloadCipher)?

    private var own: MaintenanceStatements { statements.maintenance }
    private var id: PostgresValue { .text(thread.rawValue) }

    /// Asks in the same snapshot whether to go on: one boolean.
    var guarded: PostgresQuery?
    /// Whether all of it is taken back at the end.
    var isRehearsal = false

    /// - `plan`: Gets the outline and the run that holds the thread.
    /// - Returns: `nil`: the guard said no.
    func prune(
        reducers: DeltaReducers, _ plan: @Sendable (ThreadOutline, RunID?) throws(StoreError) -> PrunePlan
    ) async throws -> RemovedRows? {
        let answers = try await session.execute(
            [
                PostgresQuery(MaintenanceStatements.begin), PostgresQuery(own.lock, [id]),
                PostgresQuery(own.outline, [id]), PostgresQuery(own.blobKeys, [id]),
                PostgresQuery(own.placesWithSends, [id]),
            ] + (guarded.map { [$0] } ?? []))
        if guarded != nil, try answers.last?.first?.boolean(0) != true {
            _ = try await session.execute(PostgresQuery(MaintenanceStatements.rollback))
            return nil
        }
        let holder = answers[1].first?.optionalText(1).map { RunID($0) }
        // Away from the connections' own OS thread: a long thread's outline takes its time.
        let decided = try await withTaskExecutorPreference(globalConcurrentExecutor) {
            try plan(try outline(answers[2], answers[3], answers[4]), holder)
        }
        var queries: [PostgresQuery] = []
        for snapshot in decided.snapshots {
            guard let reducer = reducers[snapshot.channel] else { continue }
            queries += try await store(snapshot, reducer)
        }
        let (removals, count) = removals(decided)
        queries += removals
        let done = try await session.execute(
            queries + [
                PostgresQuery(own.isKnown, [id]),
                PostgresQuery(isRehearsal ? MaintenanceStatements.rollback : SchemaStatements.commit),
            ])
        var removed = count(Array(done.dropFirst(queries.count - removals.count)).map(\.affected))
        if removed.checkpoints > 0, try done[queries.count].first?.boolean(0) == false { removed.threads = 1 }
        return removed
    }

    private func outline(
        _ rows: PostgresRows, _ blobs: PostgresRows, _ sends: PostgresRows
    ) throws -> ThreadOutline {
        let outlines = try rows.all.map { row in
            let stored = CheckpointRow(document: try row.jsonb(3), metadata: try row.jsonb(4))
            var checkpoint = try stored.checkpoint(
                thread: thread, namespace: Namespace(try row.text(0)),
                parent: row.optionalText(2).map { CheckpointID($0) }, blobs: [])
            checkpoint.id = CheckpointID(try row.text(1))
            return ThreadOutline.Row(checkpoint)
        }
        var keys: Set<ThreadOutline.BlobKey> = []
        for row in blobs.all {
            keys.insert(
                .init(namespace: Namespace(try row.text(0)), channel: try row.text(1), version: try row.text(2)))
        }
        var outline = ThreadOutline(rows: outlines, blobs: keys)
        for row in sends.all {
            outline.placesWithSends.insert(
                .init(namespace: Namespace(try row.text(0)), id: CheckpointID(try row.text(1))))
        }
        return outline
    }

    /// The statements that remove what the plan names, and how to read their counts.
    private func removals(_ plan: PrunePlan) -> ([PostgresQuery], @Sendable ([Int]) -> RemovedRows) {
        func places(_ places: Set<ThreadOutline.Place>) -> [PostgresValue] {
            let places = Array(places)
            return [id, .texts(places.map(\.namespace.rawValue)), .texts(places.map(\.id.rawValue))]
        }
        let namespaces: [PostgresValue] = [id, .texts(plan.namespaces.map(\.rawValue))]
        let blobs = Array(plan.blobs)
        let queries = [
            PostgresQuery(own.removeNamespaces.writes, namespaces),
            PostgresQuery(own.removeNamespaces.blobs, namespaces),
            PostgresQuery(own.removeNamespaces.checkpoints, namespaces),
            PostgresQuery(own.removeWrites, places(plan.checkpoints)),
            PostgresQuery(own.removeCheckpoints, places(plan.checkpoints)),
            PostgresQuery(
                own.removeBlobs,
                [
                    id, .texts(blobs.map(\.namespace.rawValue)), .texts(blobs.map(\.channel.value)),
                    .texts(blobs.map(\.version.value)),
                ]),
            PostgresQuery(own.forgetParents, places(plan.firsts)),
        ]
        return (
            queries,
            { counts in
                RemovedRows(
                    checkpoints: counts[2] + counts[4], blobs: counts[1] + counts[5], writes: counts[0] + counts[3])
            }
        )
    }

    /// Makes a delta channel's value; the statements that put it beside its checkpoint.
    private func store(_ snapshot: PrunePlan.Snapshot, _ reducer: DeltaReducer) async throws -> [PostgresQuery] {
        let reader = DeltaReader(statements: own, thread: thread, cipher: cipher)
        let place = snapshot.place
        let reference = CheckpointReference(thread: thread, namespace: place.namespace, id: place.id)
        let answers = try await session.execute(
            reader.queries(of: snapshot.channel, along: snapshot.path)
                + [reader.seed(of: snapshot.channel, at: reference)])
        let (payload, marked) = try await withTaskExecutorPreference(globalConcurrentExecutor) {
            let history = try reader.history(
                Array(answers.dropLast()), of: snapshot.channel, along: snapshot.path)
            let value = try history.value(reducer)
            let row = answers[answers.count - 1].first
            let marked = try row.map { row in
                try CheckpointRow(document: try row.jsonb(2), metadata: try row.jsonb(3))
                    .marked(withSnapshotOf: snapshot.channel)
            }
            return (try Payload(.ext(LangGraphExt.deltaSnapshot(value))).sealed(with: cipher), marked)
        }
        guard let marked else { return [] }
        let namespace = PostgresValue.text(place.namespace.rawValue)
        return [
            PostgresQuery(
                own.putSnapshot,
                [
                    id, namespace, .text(snapshot.channel), .text(snapshot.version), .text(payload.type),
                    .bytes(payload.bytes),
                ]),
            PostgresQuery(
                own.replaceDocument,
                [id, namespace, .text(place.id.rawValue), .utf8(marked.document), .utf8(marked.metadata)]),
        ]
    }
}

/// Reads what a delta channel's value is made of: which queries to send, and what their answers say.
struct DeltaReader: Sendable {
    let statements: MaintenanceStatements
    let thread: ThreadID
    let cipher: (any PayloadCipher)?

    func ancestors(of channel: String, from checkpoint: CheckpointReference) -> PostgresQuery {
        PostgresQuery(statements.ancestors, places(checkpoint, channel))
    }

    func seed(of channel: String, at checkpoint: CheckpointReference) -> PostgresQuery {
        PostgresQuery(statements.seed, places(checkpoint, channel))
    }

    private func places(_ checkpoint: CheckpointReference, _ channel: String) -> [PostgresValue] {
        [
            .text(thread.rawValue), .text(checkpoint.namespace.rawValue), .text(checkpoint.id.rawValue), .text(channel),
        ]
    }

    /// The way from a checkpoint back to the last stored value.
    func path(_ rows: PostgresRows, from checkpoint: CheckpointReference) throws -> ThreadOutline.DeltaPath {
        var ancestors: [CheckpointID: (parent: CheckpointID?, isStored: Bool)] = [:]
        for row in rows.all {
            ancestors[CheckpointID(try row.text(0))] = (
                row.optionalText(1).map { CheckpointID($0) }, try row.boolean(2)
            )
        }
        var path = ThreadOutline.DeltaPath()
        var next = ancestors.removeValue(forKey: checkpoint.id)?.parent
        while let id = next, let ancestor = ancestors.removeValue(forKey: id) {
            path.places.append(.init(namespace: checkpoint.namespace, id: id))
            path.hasSeed = ancestor.isStored
            next = ancestor.isStored ? nil : ancestor.parent
        }
        path.places.reverse()
        return path
    }

    /// For the writes along a path, then for the value that it starts from.
    func queries(of channel: String, along path: ThreadOutline.DeltaPath) -> [PostgresQuery] {
        guard let first = path.places.first else { return [] }
        let writes = PostgresQuery(
            statements.writes,
            [
                .text(thread.rawValue), .text(first.namespace.rawValue), .texts(path.places.map(\.id.rawValue)),
                .text(channel),
            ])
        let seed = self.seed(
            of: channel, at: CheckpointReference(thread: thread, namespace: first.namespace, id: first.id))
        return path.hasSeed ? [writes, seed] : [writes]
    }

    func history(
        _ answers: [PostgresRows], of channel: String, along path: ThreadOutline.DeltaPath
    ) throws -> DeltaHistory {
        var history = DeltaHistory()
        guard let rows = answers.first else { return history }
        var writes: [CheckpointID: [PendingWrite]] = [:]
        for row in rows.all {
            writes[CheckpointID(try row.text(0)), default: []].append(
                PendingWrite(
                    taskID: TaskID(try row.text(2)), taskPath: try row.text(1), index: Int(try row.integer(5)),
                    channel: try row.text(3),
                    value: try Payload(type: row.optionalText(4) ?? "null", bytes: try row.bytes(6))
                        .opened(with: cipher)))
        }
        for place in path.places { history.writes += (writes[place.id] ?? []).sorted(by: PendingWrite.precedes) }
        if answers.count > 1, let row = answers[1].first, let place = path.places.first {
            history.seed = try seed(row, of: channel, at: place)
        }
        return history
    }

    private func seed(_ row: PostgresRow, of channel: String, at place: ThreadOutline.Place) throws -> Payload? {
        if let type = row.optionalText(0) {
            return try Payload(type: type, bytes: row.optionalBytes(1) ?? []).opened(with: cipher)
        }
        let stored = CheckpointRow(document: try row.jsonb(2), metadata: try row.jsonb(3))
        return try stored.checkpoint(thread: thread, namespace: place.namespace, parent: nil, blobs: [])
            .channelValues[channel]
    }
}
