// Turnledger. SPDX-License-Identifier: Apache-2.0

internal import GRDB
internal import TurnledgerStore

extension ThreadRecord {
    /// Reads a row of `turnledger_threads`.
    init(_ row: Row) throws {
        let id = ThreadID(try row.value("thread_id"))
        let word: String = try row.value("status")
        guard let status = Status(rawValue: word) else {
            throw StoreError(.undecodable, "Thread \(id): the status '\(word)' is not known.")
        }
        let labels = try JSONValue.parse(Array(try row.value("labels", as: String.self).utf8))
        let head: String? = try row.optional("head")
        self.init(
            id: id, title: try row.optional("title"), owner: try row.value("owner"),
            labels: Dictionary(
                labels.object?.compactMap { member in member.value.string.map { (member.key, $0) } } ?? [],
                uniquingKeysWith: { _, last in last }),
            status: status, createdAt: Timestamp(microseconds: try row.value("created_at")),
            updatedAt: Timestamp(microseconds: try row.value("updated_at")), head: head.map { CheckpointID($0) },
            lease: try Lease(row, thread: id))
    }

    /// Labels as they are stored: an object, its names sorted.
    static func json(_ labels: [String: String]) -> JSONValue {
        .object(
            JSONObject(
                members: labels.sorted { ExactText($0.key) < ExactText($1.key) }
                    .map { .init(key: $0.key, value: .string($0.value)) }))
    }
}

extension Lease {
    /// Reads the lease in a row of `turnledger_threads`; `nil` where nobody holds the thread.
    init?(_ row: Row, thread: ThreadID) throws {
        guard let run: String = try row.optional("lease_run_id") else { return nil }
        self.init(
            thread: thread, run: RunID(run), holder: try row.value("lease_holder"), epoch: try row.value("epoch"),
            beat: try row.value("lease_beat"), duration: .microseconds(try row.value("lease_duration", as: Int64.self)))
    }
}

extension RunRecord {
    /// Reads a row of `turnledger_runs`.
    init(_ row: Row) throws {
        let id = RunID(try row.value("run_id"))
        let word: String = try row.value("status")
        guard let status = Status(rawValue: word) else {
            throw StoreError(.undecodable, "Run \(id): the status '\(word)' is not known.")
        }
        self.init(
            id: id, thread: ThreadID(try row.value("thread_id")), status: status, attempt: try row.value("attempt"),
            input: try row.bytes("input"), idempotencyKey: try row.optional("idempotency_key"),
            failure: try row.optional("failure"),
            stopRequestedAt: try row.optional("stop_requested_at", as: Int64.self).map { Timestamp(microseconds: $0) },
            createdAt: Timestamp(microseconds: try row.value("created_at")),
            updatedAt: Timestamp(microseconds: try row.value("updated_at")))
    }
}
