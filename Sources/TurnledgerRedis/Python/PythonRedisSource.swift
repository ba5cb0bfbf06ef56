// Turnledger. SPDX-License-Identifier: Apache-2.0

public import TurnledgerStore

/// Checkpoints that Python's langgraph-checkpoint-redis keeps in a Redis, in the layout of any of its versions.
///
/// Needs the module RedisJSON, and no index: keys are walked with SCAN, documents read with JSON.GET. Nothing is written.
public struct PythonRedisSource: TransferSource {
    /// How many keys one step of a scan asks for.
    private static let scanCount = 1000
    /// How many documents one round trip brings.
    private static let batchSize = 100

    private let client: RedisClient

    /// Connects at the first call.
    public init(_ configuration: RedisConfiguration) { client = RedisClient(configuration) }

    /// Ends the connections.
    public func close() async { await client.close() }

    /// Says whether the server answers and has RedisJSON.
    /// - Throws: `.unavailable`, `.unsupported`.
    public func check() async throws(StoreError) {
        let answer = try await client.send([RedisCommand("JSON.GET", "turnledger:no such key")])[0]
        if let error = answer.error { throw RedisError.refused(error) }
    }

    public func scan(_ found: (TransferFindings) async throws(StoreError) -> Void) async throws(StoreError) {
        for (prefix, kind) in [
            (client.configuration.checkpointPrefix, TransferRecord.Kind.checkpoint),
            (client.configuration.writePrefix, .write),
        ] {
            var cursor = "0"
            repeat {
                let answer = try await client.send(
                    RedisCommand(
                        "SCAN", cursor, "MATCH", Self.escaped(prefix) + ":*", "COUNT", String(Self.scanCount)))
                guard let parts = answer.array, parts.count == 2, let next = parts[0].string,
                    let keys = parts[1].array
                else { throw StoreError(.unavailable, "Redis answers SCAN with something else.") }
                cursor = next
                for start in stride(from: 0, to: keys.count, by: Self.batchSize) {
                    try await found(
                        try await identify(Array(keys[start..<min(start + Self.batchSize, keys.count)]), kind))
                }
            } while cursor != "0"
        }
    }

    /// Asks of each document only whose it is.
    private func identify(
        _ keys: [RESPValue], _ kind: TransferRecord.Kind
    ) async throws(StoreError) -> TransferFindings {
        var findings = TransferFindings()
        var names: [String] = []
        for key in keys {
            if let name = key.string {
                names.append(name)
            } else {
                findings.problems.append(
                    TransferProblem(
                        .unreadable, key: "0x" + Hexadecimal.text(key.byteArray ?? []), "The key is no UTF-8."))
            }
        }
        let paths =
            kind == .checkpoint ? ["$.thread_id", "$.checkpoint.id"] : ["$.thread_id", "$.checkpoint_id"]
        let answers = try await client.send(names.map { RedisCommand(["JSON.GET", $0] + paths) })
        for (key, answer) in zip(names, answers) {
            if answer.isNull { continue }
            if let error = answer.error {
                try Self.require(error)
                findings.problems.append(TransferProblem(.unreadable, key: key, "It is no JSON document: \(error)"))
                continue
            }
            guard let bytes = answer.byteArray, let object = try? JSONValue.parse(bytes).object,
                let thread = object[paths[0]]?.array?.first?.string, !thread.isEmpty
            else {
                // `{"has_writes": true}` is a trace of writes that came before their checkpoint: nothing is lost.
                continue
            }
            guard let id = object[paths[1]]?.array?.first?.string, !id.isEmpty else {
                findings.problems.append(TransferProblem(.unreadable, key: key, "The document has no checkpoint's ID."))
                continue
            }
            findings.records.append(
                TransferRecord(key: key, kind: kind, thread: ThreadID(thread), checkpoint: CheckpointID(id)))
        }
        return findings
    }

    public func read(_ thread: ThreadID, _ records: [TransferRecord]) async throws(StoreError) -> TransferThread {
        var gathered = GatheredThread()
        for start in stride(from: 0, to: records.count, by: Self.batchSize) {
            let batch = records[start..<min(start + Self.batchSize, records.count)]
            let answers = try await client.send(batch.map { RedisCommand("JSON.GET", $0.key) })
            for (record, answer) in zip(batch, answers) { try gathered.add(record, document: answer) }
        }
        return gathered.thread()
    }

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
