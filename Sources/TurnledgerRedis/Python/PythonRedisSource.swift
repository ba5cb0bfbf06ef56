// Turnledger. SPDX-License-Identifier: Apache-2.0

public import TurnledgerStore

/// Checkpoints that Python's langgraph-checkpoint-redis keeps in a Redis, in the layout of any of its versions.
///
/// Needs the module RedisJSON, and no index: keys are walked with SCAN, documents read with JSON.GET. What
/// Turnledger keeps of threads beside them (owners, labels, runs) comes along. Nothing is written.
public struct PythonRedisSource: TransferSource {
    /// How many keys one step of a scan asks for.
    private static let scanCount = 1000
    /// How many documents one round trip brings.
    private static let batchSize = 100
    /// Of how many checkpoints one round trip says whose they are.
    private static let identifiedSize = 500

    let nodes: RedisNodes
    let records: RedisRecordReader
    private let clock: any WallClock

    /// Connects at the first call.
    ///
    /// - Parameters:
    ///   - configuration: Where the Redis is.
    ///   - prefix: What the keys of Turnledger's own records begin with, where it wrote there too.
    ///   - clock: Tells when a reading took place, from which the remaining time of keys counts.
    public init(
        _ configuration: RedisConfiguration, prefix: String = "turnledger", clock: any WallClock = SystemWallClock()
    ) {
        nodes = RedisNodes(configuration)
        records = RedisRecordReader(nodes: nodes, prefix: prefix)
        self.clock = clock
    }

    /// Ends the connections.
    public func close() async { await nodes.close() }

    /// Says whether the server answers and has RedisJSON.
    /// - Throws: `.unavailable`, `.unsupported`.
    public func check() async throws(StoreError) {
        for primary in try await nodes.primaries() {
            // In a cluster the key is another's, most often, and who says that knows the command.
            let answer = try await primary.send([RedisCommand("JSON.GET", "turnledger:no such key")])[0]
            if let error = answer.error, !(nodes.configuration.isCluster && error.hasPrefix("MOVED ")) {
                throw RedisError.refused(error)
            }
        }
    }

    /// Where slots of a cluster have moved meanwhile, all is looked through again: a key may have gone from where it was still
    /// to be found to where everything had been found.
    public func scan(_ found: (TransferFindings) async throws(StoreError) -> Void) async throws(StoreError) {
        var before = try await nodes.placement()
        for look in 1...Self.looks {
            for (prefix, kind) in [
                (nodes.configuration.checkpointPrefix, TransferRecord.Kind.checkpoint),
                (nodes.configuration.writePrefix, .write),
            ] {
                for primary in try await nodes.primaries() { try await scan(primary, prefix, kind, found) }
            }
            let after = try await nodes.placement()
            if after == before { break }
            before = after
            if look == Self.looks { try await found(Self.moving) }
        }
        try await records.scan(found)
    }

    /// How often a cluster is looked through while its slots move.
    private static let looks = 5

    private static let moving = TransferFindings(problems: [
        TransferProblem(
            .interrupted, key: "cluster",
            "Slots moved all the time while the keys were looked for: some may be missing. Copy again when none moves.")
    ])

    /// One step ahead: while what was found is taken in, the server looks for more.
    private func scan(
        _ primary: RedisClient, _ prefix: String, _ kind: TransferRecord.Kind,
        _ found: (TransferFindings) async throws(StoreError) -> Void
    ) async throws(StoreError) {
        do {
            let expires = await Self.hasExpiringKeys(primary)
            var step: ScanStep? = try await self.step(primary, prefix, kind, expires, from: "0")
            while let current = step {
                async let next =
                    current.cursor == "0"
                    ? nil : self.step(primary, prefix, kind, expires, from: current.cursor)
                try await found(current.findings)
                step = try await next
            }
        } catch let error as StoreError {
            throw error
        } catch {
            throw StoreError(.unavailable, "The transfer was stopped.", underlying: error)
        }
    }

    /// What one SCAN gave, and where the next one goes on.
    private struct ScanStep: Sendable {
        var cursor: String
        var findings = TransferFindings()
    }

    private func step(
        _ primary: RedisClient, _ prefix: String, _ kind: TransferRecord.Kind, _ expires: Bool, from cursor: String
    ) async throws(StoreError) -> ScanStep {
        let command = RedisCommand(
            "SCAN", cursor, "MATCH", Self.escaped(prefix) + ":*", "COUNT", String(Self.scanCount))
        let answer = try await Self.patiently { () async throws(StoreError) in try await primary.send([command]) }[0]
        if let error = answer.error { throw RedisError.refused(error) }
        guard let parts = answer.array, parts.count == 2, let next = parts[0].string, let keys = parts[1].array
        else { throw StoreError(.unavailable, "Redis answers SCAN with something else.") }
        var result = ScanStep(cursor: next)
        var names: [String] = []
        names.reserveCapacity(keys.count)
        for key in keys {
            if let name = key.string {
                names.append(name)
            } else {
                result.findings.problems.append(
                    TransferProblem(
                        .unreadable, key: "0x" + Hexadecimal.text(key.byteArray ?? []), "The key is no UTF-8."))
            }
        }
        let size = kind == .checkpoint ? Self.identifiedSize : Self.batchSize
        for start in stride(from: 0, to: names.count, by: size * 2) {
            let batch = names[start...].prefix(size * 2)
            for found in try await identify(Array(batch.prefix(size)), Array(batch.dropFirst(size)), kind, expires) {
                result.findings.records += found.records
                result.findings.problems += found.problems
            }
        }
        return result
    }

    /// Two batches at once: one is on its way while the other is looked at.
    private func identify(
        _ first: [String], _ second: [String], _ kind: TransferRecord.Kind, _ expires: Bool
    ) async throws(StoreError) -> [TransferFindings] {
        do {
            async let other = identify(second, kind, expires)
            return [try await identify(first, kind, expires), try await other]
        } catch let error as StoreError {
            throw error
        } catch {
            throw StoreError(.unavailable, "The transfer was stopped.", underlying: error)
        }
    }

    /// What lies under keys that were written.
    func findings(of keys: Set<String>) async throws(StoreError) -> TransferFindings {
        var (checkpoints, writes, threads): ([String], [String], [ThreadID]) = ([], [], [])
        for key in keys {
            if key.hasPrefix(nodes.configuration.checkpointPrefix + ":") {
                checkpoints.append(key)
            } else if key.hasPrefix(nodes.configuration.writePrefix + ":") {
                writes.append(key)
            } else if key.hasPrefix(records.prefix + ":thread:") {
                threads.append(ThreadID(String(key.dropFirst(records.prefix.count + 8))))
            }
        }
        var result = try await records.findings(of: threads)
        for (names, kind) in [(checkpoints, TransferRecord.Kind.checkpoint), (writes, .write)] {
            for start in stride(from: 0, to: names.count, by: Self.batchSize) {
                let batch = names[start..<min(start + Self.batchSize, names.count)]
                let found = try await identify(Array(batch), kind, true)
                result.records += found.records
                result.problems += found.problems
            }
        }
        return result
    }

    /// Asks of each document only whose it is; where keys expire, of each checkpoint when.
    private func identify(
        _ names: [String], _ kind: TransferRecord.Kind, _ expires: Bool
    ) async throws(StoreError) -> TransferFindings {
        var findings = TransferFindings()
        let paths =
            kind == .checkpoint
            ? ["$.thread_id", "$.checkpoint.id"] : ["$.thread_id", "$.checkpoint_id", "$.type", "$.blob"]
        let answers = try await ask(names.map { ($0, RedisCommand(["JSON.GET", $0] + paths)) })
        let ends = kind == .checkpoint && expires ? try await endings(names) : []
        var nameless: [String] = []
        for (index, (key, answer)) in zip(names, answers).enumerated() {
            if answer.isNull { continue }
            if let error = answer.error {
                try Self.require(error)
                findings.problems.append(TransferProblem(.unreadable, key: key, "It is no JSON document: \(error)"))
                continue
            }
            guard let bytes = answer.byteArray, let object = try? JSONValue.parse(bytes).object,
                let thread = object[paths[0]]?.array?.first?.string, !thread.isEmpty
            else {
                nameless.append(key)
                continue
            }
            guard let id = object[paths[1]]?.array?.first?.string, !id.isEmpty else {
                findings.problems.append(TransferProblem(.unreadable, key: key, "The document has no checkpoint's ID."))
                continue
            }
            // A write to a special channel takes the place of an earlier one; a reader may give a checkpoint more time.
            findings.records.append(
                TransferRecord(
                    key: key, kind: kind, thread: ThreadID(thread), checkpoint: CheckpointID(id),
                    stamp: kind == .write ? Self.stamp(object, paths) : ends.isEmpty ? "" : ends[index]))
        }
        findings.problems += try await damaged(nameless)
        return findings
    }

    /// Those of documents without a thread that are no `{"has_writes": true}`: with that the saver marks a checkpoint
    /// whose writes came first, and where the checkpoint never came, nothing else is there.
    private func damaged(_ names: [String]) async throws(StoreError) -> [TransferProblem] {
        var problems: [TransferProblem] = []
        let answers = try await ask(names.map { ($0, RedisCommand("JSON.OBJKEYS", $0, "$")) })
        for (key, answer) in zip(names, answers) where !answer.isNull {
            // One that was deleted meanwhile is an error.
            if answer.error != nil { continue }
            let members = answer.array?.first?.array?.compactMap(\.string) ?? []
            if members != ["has_writes"] {
                problems.append(TransferProblem(.unreadable, key: key, "The document has no thread_id."))
            }
        }
        return problems
    }

    /// When each key ends, as text that changes with it; empty where it does not.
    private func endings(_ keys: [String]) async throws(StoreError) -> [String] {
        let answers = try await ask(keys.map { ($0, RedisCommand("PEXPIRETIME", $0)) })
        if answers.contains(where: { $0.error != nil }) {
            // Redis before 7 says only what is left, which takes its time to come.
            let now = clock.now().microseconds / 1000
            return try await remaining(keys).map { $0 < 0 ? "" : "\((now + $0 + 30_000) / 60_000) min" }
        }
        return answers.map { ($0.integer ?? -1) < 0 ? "" : String($0.integer ?? 0) }
    }

    /// Whether there are keys that expire; a server that does not say may have some.
    private static func hasExpiringKeys(_ primary: RedisClient) async -> Bool {
        guard let text = try? await primary.send([RedisCommand("INFO", "keyspace")])[0].string else { return true }
        let own = text.split(whereSeparator: \.isNewline).first {
            $0.hasPrefix("db\(primary.configuration.database):")
        }
        return own.map { !$0.contains("expires=0,") && !$0.hasSuffix("expires=0") } ?? false
    }

    /// Of what stands at paths; RedisJSON gives them in any order.
    private static func stamp(_ object: JSONObject, _ paths: [String]) -> String {
        XXH3.hexadecimal(of: paths.flatMap { object[$0]?.serialized() ?? [] })
    }

    public func read(_ thread: ThreadID, _ records: [TransferRecord]) async throws(StoreError) -> TransferThread {
        try await read([TransferRequest(thread: thread, records: records)])[0]
    }

    /// One round trip for a batch of documents, whichever threads they are of.
    public func read(_ threads: [TransferRequest]) async throws(StoreError) -> [TransferThread] {
        var gathered = threads.map { _ in GatheredThread() }
        var places: [(Int, TransferRecord)] = []
        for (index, request) in threads.enumerated() {
            for record in request.records where record.kind != .thread { places.append((index, record)) }
        }
        for start in stride(from: 0, to: places.count, by: Self.batchSize) {
            let batch = places[start..<min(start + Self.batchSize, places.count)]
            let answers = try await ask(batch.map { ($0.1.key, RedisCommand("JSON.GET", $0.1.key)) })
            for ((index, record), answer) in zip(batch, answers) { try gathered[index].add(record, document: answer) }
        }
        var result = gathered.map { $0.thread() }
        for (index, expiry) in try await expiries(of: threads).enumerated() {
            result[index].expiresAt = expiry
            result[index].saysExpiry = true
        }
        let known = threads.indices.filter { threads[$0].records.contains { $0.kind == .thread } }
        for (index, found) in zip(known, try await records.read(known.map { threads[$0].thread })) {
            result[index].record = found.record
            result[index].runs = found.runs
        }
        return result
    }

    /// When the last checkpoint of each thread expires. Most often the newest is the last; it is asked first.
    private func expiries(of threads: [TransferRequest]) async throws(StoreError) -> [Timestamp?] {
        let newest = threads.map { request in
            request.records.filter { $0.kind == .checkpoint }.max { $0.checkpoint.rawValue < $1.checkpoint.rawValue }
        }
        let left = try await remaining(newest.map { $0?.key ?? "" })
        var result: [Timestamp?] = []
        for (request, left) in zip(threads, left) {
            guard left >= 0 else {
                result.append(nil)
                continue
            }
            let all = try await remaining(request.records.filter { $0.kind == .checkpoint }.map(\.key))
            result.append(all.contains(-1) ? nil : clock.now() + .milliseconds(all.max() ?? left))
        }
        return result
    }

    /// The milliseconds that keys have left; -1: no end, -2: they are not there.
    private func remaining(_ keys: [String]) async throws(StoreError) -> [Int64] {
        var result: [Int64] = []
        for start in stride(from: 0, to: keys.count, by: 1000) {
            let batch = keys[start..<min(start + 1000, keys.count)]
            let answers = try await ask(batch.map { ($0, RedisCommand("PTTL", $0)) })
            for answer in answers {
                if let error = answer.error { throw RedisError.refused(error) }
                result.append(answer.integer ?? -2)
            }
        }
        return result
    }

    /// Sends commands that only read; again, where the connection broke.
    private func ask(_ commands: [(String, RedisCommand)]) async throws(StoreError) -> [RESPValue] {
        try await Self.patiently { () async throws(StoreError) in
            try await nodes.send(commands.map { (key: $0.0, command: $0.1) })
        }
    }

    private static func patiently(
        _ body: () async throws(StoreError) -> [RESPValue]
    ) async throws(StoreError) -> [RESPValue] {
        for pause in pauses {
            do throws(StoreError) {
                return try await body()
            } catch  where error.code == .unavailable && !Task.isCancelled {
                do { try await Task.sleep(for: pause) } catch { break }
            }
        }
        return try await body()
    }

    private static let pauses: [Duration] = [.milliseconds(50), .seconds(1), .seconds(4)]

    /// What is not about the one key: a server that is busy, a login that was withdrawn.
    static func require(_ error: String) throws(StoreError) {
        let refusal = RedisError.refused(error)
        guard refusal.code == .invalid else { throw refusal }
    }

    static func escaped(_ prefix: String) -> String {
        prefix.reduce(into: "") { result, character in
            if "*?[]\\".contains(character) { result.append("\\") }
            result.append(character)
        }
    }
}
