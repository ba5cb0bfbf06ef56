// Turnledger. SPDX-License-Identifier: Apache-2.0

internal import TurnledgerStore

/// Reads what Turnledger keeps of threads in a Redis, with commands that write nothing.
struct RedisRecordReader: Sendable {
    private static let batchSize = 200

    let nodes: RedisNodes
    let prefix: String

    /// Tells the records of all threads; none where Turnledger never wrote under this prefix.
    func scan(_ found: (TransferFindings) async throws(StoreError) -> Void) async throws(StoreError) {
        var cursor = "0"
        repeat {
            let key = prefix + ":threads"
            let answer = try await nodes.send([
                (key, RedisCommand("ZSCAN", key, cursor, "COUNT", String(Self.batchSize)))
            ])[0]
            if let error = answer.error { throw RedisError.refused(error) }
            guard let parts = answer.array, parts.count == 2, let next = parts[0].string, let members = parts[1].array
            else { throw StoreError(.unavailable, "Redis answers ZSCAN with something else.") }
            cursor = next
            let ids = stride(from: 0, to: members.count, by: 2).compactMap { members[$0].string.map { ThreadID($0) } }
            try await found(try await findings(of: ids))
        } while cursor != "0"
    }

    /// What there is of threads; nothing of those that have no record.
    func findings(of threads: [ThreadID]) async throws(StoreError) -> TransferFindings {
        var findings = TransferFindings()
        for (id, row) in zip(threads, try await rows(threads.map { "thread:\($0.rawValue)" })) {
            do {
                if let record = try row?.thread(id) { findings.records.append(TransferRecord(record)) }
            } catch {
                findings.problems.append(
                    TransferProblem(.unreadable, key: "\(prefix):thread:\(id.rawValue)", error.detail))
            }
        }
        return findings
    }

    /// The records of threads with their runs, oldest first.
    func read(_ threads: [ThreadID]) async throws(StoreError) -> [(record: ThreadRecord?, runs: [RunRecord])] {
        guard !threads.isEmpty else { return [] }
        let records = try await rows(threads.map { "thread:\($0.rawValue)" })
        let answers = try await nodes.send(
            threads.map { thread in
                let key = "\(prefix):runs:\(thread.rawValue)"
                return (key, RedisCommand("SMEMBERS", key))
            })
        var result: [(record: ThreadRecord?, runs: [RunRecord])] = []
        for ((thread, record), answer) in zip(zip(threads, records), answers) {
            if let error = answer.error { throw RedisError.refused(error) }
            let ids = (answer.array ?? []).compactMap(\.string)
            var runs: [RunRecord] = []
            for (id, row) in zip(ids, try await rows(ids.map { "run:\($0)" })) {
                if let run = try row?.run(RunID(id)) { runs.append(run) }
            }
            result.append((try record?.thread(thread), runs.sorted { $0.createdAt < $1.createdAt }))
        }
        return result
    }

    private func rows(_ names: [String]) async throws(StoreError) -> [RedisFields?] {
        let answers = try await nodes.send(
            names.map { ("\(prefix):\($0)", RedisCommand("HGETALL", "\(prefix):\($0)")) })
        var result: [RedisFields?] = []
        for answer in answers {
            if let error = answer.error { throw RedisError.refused(error) }
            result.append(RedisFields(answer))
        }
        return result
    }
}
