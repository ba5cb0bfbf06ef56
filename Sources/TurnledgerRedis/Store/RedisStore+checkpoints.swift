// Turnledger. SPDX-License-Identifier: Apache-2.0

public import TurnledgerStore

extension RedisStore: CheckpointStore {
    /// Looks whether the server answers, takes scripts and has what the layout needs, and whether its keys are of this
    /// layout. There is nothing to make.
    ///
    /// - Throws: `.unavailable`, `.unsupported` with what is to be done.
    public func setUp() async throws(StoreError) {
        if settings.layout == .json {
            let answer = try await client.send([RedisCommand("JSON.GET", "\(settings.prefix):layout:probe")])[0]
            if let error = answer.error {
                guard error.lowercased().contains("unknown command") else { throw RedisError.refused(error) }
                throw StoreError(
                    .unsupported,
                    "This Redis has no RedisJSON, which the layout json needs. Load the module (Redis 8 has it), or keep "
                        + "conversations in Turnledger's own form with `redis: {layout: plain}`.")
            }
        }
        let found = try await run(SetUpScripts.layout, arguments { $0.add(settings.layout.rawValue) }).string ?? ""
        guard found == settings.layout.rawValue else {
            throw StoreError(
                .unsupported,
                "What lies under the prefix '\(settings.prefix)' is in the layout \(found). Set `redis: {layout: \(found)}`, or "
                    + "another `redis.prefix`.")
        }
    }

    public func latest(
        in thread: ThreadID, namespace: Namespace
    ) async throws(StoreError) -> StoredCheckpoint? {
        try await read(thread, namespace, nil)
    }

    public func checkpoint(_ reference: CheckpointReference) async throws(StoreError) -> StoredCheckpoint? {
        try await read(reference.thread, reference.namespace, reference.id)
    }

    public func put(
        _ checkpoint: Checkpoint, newVersions: ChannelVersions, fence: Fence?
    ) async throws(StoreError) {
        try await commit(Commit(checkpoints: [.init(checkpoint, newVersions: newVersions)]), fence: fence)
    }

    public func putWrites(_ writes: TaskWrites, fence: Fence?) async throws(StoreError) {
        try await commit(Commit(writes: [writes]), fence: fence)
    }

    /// One round trip.
    public func commit(_ commit: Commit, fence: Fence?) async throws(StoreError) {
        guard !commit.isEmpty else { return }
        try StoreRules.validate(commit)
        let thread = commit.checkpoints.first?.checkpoint.thread ?? commit.writes[0].checkpoint.thread
        let namespace = StoreRules.fencedNamespace(of: commit)
        let written = commit.checkpoints.last { $0.checkpoint.namespace == namespace }?.checkpoint.id
        var arguments = RedisArguments()
        arguments.add(thread.rawValue)
        arguments.add(fence, namespace: namespace, writing: written)
        switch settings.layout {
        case .json: try JSONLayout.add(commit, to: &arguments)
        case .plain: try PlainLayout.add(commit, to: &arguments, cipher: cipher)
        }
        _ = try await run(
            settings.layout == .json ? JSONScripts.commit : PlainScripts.commit, arguments, about: thread)
    }

    /// One script; in the layout `json`, of a thread that Python wrote too, also a walk over all keys for what only Python
    /// knows of.
    public func delete(_ thread: ThreadID) async throws(StoreError) {
        let script = settings.layout == .json ? JSONScripts.delete : PlainScripts.delete
        let isForeign = try await run(script, arguments { $0.add(thread.rawValue) }, about: thread).integer == 1
        if isForeign { try await removeLeftovers(of: thread) }
    }

    private func read(
        _ thread: ThreadID, _ namespace: Namespace, _ id: CheckpointID?
    ) async throws(StoreError) -> StoredCheckpoint? {
        let arguments = arguments {
            $0.add(thread.rawValue)
            $0.add(namespace.rawValue)
            $0.add(optional: id?.rawValue)
            $0.add(settings.refreshesOnRead && settings.term != nil)
        }
        let row = try await run(
            settings.layout == .json ? JSONScripts.read : PlainScripts.read, arguments, about: thread)
        let place = CheckpointReference(thread: thread, namespace: namespace, id: id ?? CheckpointID(""))
        guard let stored = try stored(row, place) else { return nil }
        return try await withLegacySends([stored])[0]
    }

    /// The checkpoint of a row that a script gave. Of `place` thread and namespace count.
    func stored(
        _ row: RESPValue, _ place: CheckpointReference, includesValues: Bool = true
    ) throws(StoreError) -> StoredCheckpoint? {
        switch settings.layout {
        case .json: try JSONLayout.stored(row, in: place.thread, place.namespace)
        case .plain: try PlainLayout.stored(row, cipher: cipher, includesValues: includesValues)
        }
    }

    /// Gives checkpoints of old formats the sends that lie with their parents' writes.
    func withLegacySends(_ stored: [StoredCheckpoint]) async throws(StoreError) -> [StoredCheckpoint] {
        var result = stored
        for index in result.indices where LegacySends.apply(to: result[index].checkpoint) {
            guard let parent = result[index].checkpoint.parent else { continue }
            var place = result[index].checkpoint.reference
            place.id = parent
            let rows = try await rows(at: [place], includesValues: true)
            try LegacySends.move(rows.first?.pendingWrites ?? [], into: &result[index].checkpoint)
        }
        return result
    }

    func arguments(_ fill: (inout RedisArguments) -> Void) -> RedisArguments {
        var arguments = RedisArguments()
        fill(&arguments)
        return arguments
    }
}

extension RedisArguments {
    /// A fence as scripts take it.
    mutating func add(_ fence: Fence?, namespace: Namespace, writing: CheckpointID?) {
        add(fence != nil)
        add(fence?.epoch ?? 0)
        var expected: CheckpointID?
        if case .exactly(let id)? = fence?.head {
            add(true)
            expected = id
        } else {
            add(false)
        }
        add(optional: expected?.rawValue)
        add(namespace.rawValue)
        add(optional: writing?.rawValue)
    }
}
