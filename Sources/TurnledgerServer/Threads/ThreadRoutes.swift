// Turnledger. SPDX-License-Identifier: Apache-2.0

import Hummingbird
import NIOCore
import TurnledgerAgent
import TurnledgerStore

/// The routes of threads: list, show, change, delete, messages, checkpoints. A caller's own threads only.
struct ThreadRoutes: Sendable {
    let service: AgentService
    let store: any ConversationStore
    let clock: any WallClock
    let chat: ChatSettings

    private static let defaultLimit = 20
    private static let largestLimit = 100

    // MARK: One thread

    func list(_ request: Request, caller: Caller) async throws -> Response {
        let query = ThreadQuery(
            owner: caller.owner, text: request.queryValue("query").flatMap { $0.isEmpty ? nil : $0 },
            labels: try labels(in: request), cursor: request.queryValue("cursor"), limit: try limit(in: request))
        let page = try await ThreadSearch(service: service, store: store).page(query)
        var json: JSONObject = ["threads": .array(page.threads.map(ThreadJSON.thread))]
        if let next = page.next { json["next"] = .string(next) }
        return .json(.object(json))
    }

    func show(_ id: String, caller: Caller) async throws -> Response {
        .json(ThreadJSON.thread(try await thread(id, of: caller)))
    }

    func change(_ id: String, _ request: Request, caller: Caller) async throws -> Response {
        let thread = try await thread(id, of: caller)
        var changes = try ThreadJSON.changes(from: await RequestBodyReader.object(request, limit: 64 << 10))
        if let labels = changes.labels {
            // What the caller's token or proxy says about a thread is not the caller's to change.
            changes.labels = labels.merging(caller.labels) { _, own in own }
        }
        return .json(ThreadJSON.thread(try await store.update(thread.id, changes, at: clock.now())))
    }

    func delete(_ id: String, caller: Caller) async throws -> Response {
        let thread = try await thread(id, of: caller)
        guard try await store.unfinishedRuns(in: thread.id).isEmpty else {
            throw RequestError.busy("An answer is being written in this conversation. Wait for its end.")
        }
        do {
            try await ThreadRemoval.remove(thread.id, from: store, actor: caller.owner, at: clock.now())
        } catch {
            guard error.code == .conflict else { throw error }
            throw RequestError(409, "held", "This conversation is on legal hold and cannot be deleted.")
        }
        return Response(status: .noContent)
    }

    func messages(_ id: String, _ request: Request, caller: Caller) async throws -> Response {
        let thread = try await thread(id, of: caller)
        let profile = try ClientProfile(for: request, otherwise: chat.profile)
        let conversation = try await service.conversation(of: thread.id)
        let messages = UIMessages.messages(
            from: conversation.messages, waiting: conversation.waiting, for: profile)
        var json: JSONObject = ["messages": .array(messages)]
        if !service.isHistoryAvailable(of: thread.id) { json["history"] = "unavailable" }
        return .json(.object(json))
    }

    func checkpoints(_ id: String, _ request: Request, caller: Caller) async throws -> Response {
        let thread = try await thread(id, of: caller)
        let limit = try limit(in: request)
        let before = request.queryValue("cursor").map { CheckpointID($0) }
        let query = CheckpointQuery(
            thread: thread.id, namespace: .root, before: before, limit: limit + 1, includesValues: false)
        let found = try await store.list(query).collect()
        let page = found.prefix(limit)
        var json: JSONObject = ["checkpoints": .array(page.map { ThreadJSON.checkpoint($0.checkpoint) })]
        if found.count > limit, let last = page.last { json["next"] = .string(last.checkpoint.id.rawValue) }
        return .json(.object(json))
    }

    // MARK: Help

    /// The caller's thread; another owner's is as if it were not there.
    func thread(_ id: String, of caller: Caller) async throws -> ThreadRecord {
        guard let id = try? ThreadID(validating: id), let thread = try await store.thread(id),
            thread.owner == caller.owner
        else { throw RequestError.notFound("There is no such conversation.") }
        return thread
    }

    /// `label=name:value`, any number of times: all must hold.
    private func labels(in request: Request) throws(RequestError) -> [String: String] {
        var labels: [String: String] = [:]
        for pair in request.queryValues("label") {
            guard let colon = pair.firstIndex(of: ":") else {
                throw .invalid("'label' must be a name and a value with a colon between them.")
            }
            labels[String(pair[..<colon])] = String(pair[pair.index(after: colon)...])
        }
        return labels
    }

    private func limit(in request: Request) throws(RequestError) -> Int {
        guard let text = request.queryValue("limit") else { return Self.defaultLimit }
        guard let limit = Int(text), (1...Self.largestLimit).contains(limit) else {
            throw .invalid("'limit' must be a number from 1 to \(Self.largestLimit).")
        }
        return limit
    }
}
