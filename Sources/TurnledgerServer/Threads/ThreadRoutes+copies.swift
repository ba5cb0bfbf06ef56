// Turnledger. SPDX-License-Identifier: Apache-2.0

import Hummingbird
import TurnledgerStore

extension ThreadRoutes {
    /// `POST /api/threads/{id}/fork` with `{"checkpoint"?: id, "id"?: new thread}`: a new thread that begins as this one was at
    /// a checkpoint of its own graph, or as it is.
    func fork(_ id: String, _ request: Request, caller: Caller) async throws -> Response {
        let thread = try await thread(id, of: caller)
        let bytes = try await RequestBodyReader.read(request, limit: 64 << 10)
        let body: JSONObject
        if bytes.isEmpty {
            body = [:]
        } else {
            guard let json = try? JSONValue.parse(bytes), let object = json.object else {
                throw RequestError.invalid("The body must be a JSON object.")
            }
            body = object
        }
        for name in ["checkpoint", "id"] where !(body[name] ?? .null).isNull && body[name]?.string == nil {
            throw RequestError.invalid("'\(name)' must be a string.")
        }
        let target = try newID(body["id"]?.string)
        let all = try await checkpoints(of: thread.id, namespace: .root)
        let chosen = body["checkpoint"]?.string.map { CheckpointID($0) } ?? all.last?.checkpoint.id
        var chain: [StoredCheckpoint] = []
        var next = chosen
        for stored in all.reversed() where stored.checkpoint.id == next {
            chain.append(stored)
            next = stored.checkpoint.parent
        }
        guard !chain.isEmpty || chosen == nil else {
            throw RequestError.notFound("The conversation has no such checkpoint.")
        }
        let archive = ThreadArchive(
            id: thread.id, title: thread.title, labels: thread.labels, checkpoints: chain.reversed())
        let record = try await ThreadWriter(store: store, clock: clock).write(
            archive, as: target, owner: caller.owner, labels: thread.labels)
        return .json(ThreadJSON.thread(record), status: .created)
    }

    /// `GET /api/threads/{id}/export`: the thread as one JSON document; see `ThreadArchive`. A row of the audit table says who
    /// has it.
    func export(_ id: String, caller: Caller) async throws -> Response {
        let thread = try await thread(id, of: caller)
        let archive = ThreadArchive(
            id: thread.id, title: thread.title, labels: thread.labels,
            checkpoints: try await checkpoints(of: thread.id, namespace: nil))
        if let audit = store as? any AuditStore {
            try await audit.record(
                AuditEntry(time: clock.now(), actor: caller.owner, action: .exported, subject: thread.id.rawValue))
        }
        var response = Response.json(archive.json)
        response.headers[.contentDisposition] = "attachment; filename=\"thread.json\""
        return response
    }

    /// `POST /api/threads/import?id=…`: makes the thread of a document, under its own id or another.
    func importThread(_ request: Request, caller: Caller) async throws -> Response {
        let json = try await RequestBodyReader.object(request, limit: chat.maximumBodySize)
        let archive = try ThreadArchive(json)
        let target = try request.queryValue("id").map { try newID($0) } ?? archive.id
        let record = try await ThreadWriter(store: store, clock: clock).write(
            archive, as: target, owner: caller.owner, labels: archive.labels.merging(caller.labels) { _, own in own })
        return .json(ThreadJSON.thread(record), status: .created)
    }

    /// Oldest first.
    private func checkpoints(of thread: ThreadID, namespace: Namespace?) async throws -> [StoredCheckpoint] {
        let found = try await store.list(CheckpointQuery(thread: thread, namespace: namespace)).collect()
        return found.reversed()
    }

    private func newID(_ text: String?) throws(RequestError) -> ThreadID {
        guard let text else { return ThreadID(UniqueID.random()) }
        do {
            return try ThreadID(validating: text)
        } catch {
            throw .invalid(error.detail)
        }
    }
}
