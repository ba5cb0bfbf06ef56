// Turnledger. SPDX-License-Identifier: Apache-2.0

public import TurnledgerStore

extension RedisStore {
    /// Two round trips a page; with metadata asked for more, because Redis has no index on it: batches of checkpoints
    /// without values are looked through until a page is full.
    public func list(_ query: CheckpointQuery) async throws(StoreError) -> CheckpointListing {
        try StoreRules.validate(query)
        return CheckpointListing(limit: query.limit) { [self] (cursor) async throws(StoreError) in
            try await page(of: query, behind: cursor)
        }
    }

    private func page(
        of query: CheckpointQuery, behind cursor: CheckpointListing.Cursor?
    ) async throws(StoreError) -> CheckpointListing.Page {
        let size = StoreRules.pageSize(of: query)
        guard size > 0 else { return .init(checkpoints: [], next: nil) }
        let isFiltered = !query.metadata.isEmpty
        let batch = isFiltered ? CheckpointListing.pageSize : size
        var (last, matches) = (cursor, [CheckpointReference]())
        var found: [StoredCheckpoint] = []
        var isAtEnd = false
        while !isAtEnd, matches.count < size {
            let places = try await places(of: query, behind: last, count: batch)
            isAtEnd = places.count < batch
            last = places.last ?? last
            guard isFiltered else {
                matches = places
                break
            }
            let wanted = JSONValue.object(query.metadata)
            for stored in try await rows(at: places, includesValues: false)
            where JSONValue.object(stored.checkpoint.metadata.json).contains(wanted) {
                guard matches.count < size else { break }
                matches.append(stored.checkpoint.reference)
                found.append(stored)
                // More may match behind it within this batch.
                if matches.count == size {
                    isAtEnd = isAtEnd && stored.checkpoint.reference == places.last
                    last = stored.checkpoint.reference
                }
            }
        }
        if !isFiltered || query.includesValues {
            found = try await rows(at: matches, includesValues: query.includesValues)
            if query.includesValues { found = try await withLegacySends(found) }
        }
        return .init(checkpoints: found, next: isAtEnd ? nil : last)
    }

    func places(
        of query: CheckpointQuery, behind cursor: CheckpointListing.Cursor?, count: Int
    ) async throws(StoreError) -> [CheckpointReference] {
        let arguments = arguments {
            $0.add(optional: query.thread?.rawValue)
            $0.add(optional: query.namespace?.rawValue)
            $0.add(optional: query.id?.rawValue)
            $0.add(optional: query.before?.rawValue)
            $0.add(
                optional: cursor.map { cursor in
                    let thread = query.thread == nil ? "\(cursor.thread.rawValue)\0" : ""
                    return "\(cursor.id.rawValue)\0\(thread)\(cursor.namespace.rawValue)"
                })
            $0.add(count)
        }
        let answer = try await run(
            settings.layout == .json ? JSONScripts.page : PlainScripts.page, arguments, about: query.thread)
        let texts = (answer.array ?? []).compactMap(\.string)
        return stride(from: 0, to: texts.count - 2, by: 3).map {
            CheckpointReference(
                thread: ThreadID(texts[$0]), namespace: Namespace(texts[$0 + 1]), id: CheckpointID(texts[$0 + 2]))
        }
    }

    /// The checkpoints at these places; those that have gone meanwhile are left out.
    func rows(at places: [CheckpointReference], includesValues: Bool) async throws(StoreError) -> [StoredCheckpoint] {
        guard !places.isEmpty else { return [] }
        let arguments = arguments {
            $0.add(includesValues)
            $0.add(places)
        }
        let answer = try await run(settings.layout == .json ? JSONScripts.rows : PlainScripts.rows, arguments)
        var result: [StoredCheckpoint] = []
        for (place, row) in zip(places, answer.array ?? []) {
            if let stored = try stored(row, place, includesValues: includesValues) { result.append(stored) }
        }
        return result
    }

    /// Removes documents of a thread that the index does not know: subgraphs and forks of Python's. Whose a document is
    /// says the document alone.
    func removeLeftovers(of thread: ThreadID) async throws(StoreError) {
        let (documents, writes) = (client.configuration.checkpointPrefix, client.configuration.writePrefix)
        let name = PythonRedisSource.escaped(thread.rawValue)
        var (cursor, pointers, registries) = ("0", [String](), [String]())
        repeat {
            let answer = try await client.send(
                RedisCommand("SCAN", cursor, "MATCH", "*:\(name):*", "COUNT", "5000"))
            guard let parts = answer.array, parts.count == 2, let next = parts[0].string else {
                throw StoreError(.unavailable, "Redis answers SCAN with something else.")
            }
            cursor = next
            let keys = (parts[1].array ?? []).compactMap(\.string)
            pointers += keys.filter { $0.hasPrefix("\(documents)_latest:\(thread.rawValue):") }
            registries += keys.filter { $0.hasPrefix("write_keys_zset:\(thread.rawValue):") }
            let mine = keys.filter { $0.hasPrefix(documents + ":") || $0.hasPrefix(writes + ":") }
            let owners = try await client.send(mine.map { RedisCommand("JSON.GET", $0, "$.thread_id") })
            let gone = zip(mine, owners).compactMap { key, owner -> String? in
                let found = owner.byteArray.flatMap { try? JSONValue.parse($0).array?.first?.string }
                return found == thread.rawValue ? key : nil
            }
            if !gone.isEmpty { _ = try await client.send(RedisCommand(["DEL"] + gone)) }
        } while cursor != "0"
        // Those that lead nowhere now; a thread whose ID begins with this one's has keys that look the same.
        let targets = try await client.send(pointers.map { RedisCommand("GET", $0) })
        let firsts = try await client.send(registries.map { RedisCommand("ZRANGE", $0, "0", "0") })
        let leads = zip(pointers + registries, targets.map(\.string) + firsts.map { $0.array?.first?.string })
        for (key, target) in leads {
            guard let target else { continue }
            if try await client.send(RedisCommand("EXISTS", target)).integer == 0 {
                _ = try await client.send(RedisCommand("DEL", key))
            }
        }
    }
}

extension RedisArguments {
    /// How many places, and of each thread, namespace and ID.
    mutating func add(_ places: [CheckpointReference]) {
        add(places.count)
        for place in places {
            add(place.thread.rawValue)
            add(place.namespace.rawValue)
            add(place.id.rawValue)
        }
    }
}
