// Turnledger. SPDX-License-Identifier: Apache-2.0

internal import TurnledgerStore

/// The fields of a hash, as HGETALL gives them.
struct RedisFields {
    private var values: [String: RESPValue] = [:]

    /// - Returns: `nil` where there is no such hash.
    init?(_ value: RESPValue) {
        guard let parts = value.array, !parts.isEmpty else { return nil }
        for index in stride(from: 0, to: parts.count - 1, by: 2) {
            if let name = parts[index].string { values[name] = parts[index + 1] }
        }
    }

    func text(_ name: String) -> String? { values[name]?.string }
    func bytes(_ name: String) -> [UInt8]? { values[name]?.byteArray }
    func integer(_ name: String) -> Int64? { values[name]?.integer }
    func time(_ name: String) -> Timestamp? { integer(name).map { Timestamp(microseconds: $0) } }

    private func required<Value>(_ value: Value?, _ name: String, _ what: String) throws(StoreError) -> Value {
        guard let value else { throw StoreError(.undecodable, "\(what) has no field \(name), or a wrong one.") }
        return value
    }

    func thread(_ id: ThreadID) throws(StoreError) -> ThreadRecord {
        let what = "The record of thread \(id)"
        let status = text("status").flatMap(ThreadRecord.Status.init(rawValue:))
        var labels: [String: String] = [:]
        for member in try JSONValue.parse(text("labels") ?? "{}").object ?? [:] {
            labels[member.key] = member.value.string
        }
        let head = text("head").flatMap { $0.isEmpty ? nil : CheckpointID($0) }
        return ThreadRecord(
            id: id, title: text("title"), owner: try required(text("owner"), "owner", what), labels: labels,
            status: try required(status, "status", what), createdAt: try required(time("created"), "created", what),
            updatedAt: try required(time("updated"), "updated", what), head: head, lease: lease(of: id))
    }

    func lease(of thread: ThreadID) -> Lease? {
        guard let run = text("lease_run"), let holder = text("lease_holder"), let epoch = integer("lease_epoch"),
            let beat = integer("lease_beat"), let duration = integer("lease_duration")
        else { return nil }
        return Lease(
            thread: thread, run: RunID(run), holder: holder, epoch: epoch, beat: beat,
            duration: .microseconds(duration))
    }

    func run(_ id: RunID) throws(StoreError) -> RunRecord {
        let what = "The record of run \(id)"
        let status = text("status").flatMap(RunRecord.Status.init(rawValue:))
        return RunRecord(
            id: id, thread: ThreadID(try required(text("thread"), "thread", what)),
            status: try required(status, "status", what),
            attempt: Int(try required(integer("attempt"), "attempt", what)),
            input: try required(bytes("input"), "input", what), idempotencyKey: text("key"), failure: text("failure"),
            stopRequestedAt: time("stop"), createdAt: try required(time("created"), "created", what),
            updatedAt: try required(time("updated"), "updated", what))
    }
}
