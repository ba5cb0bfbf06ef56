// Turnledger. SPDX-License-Identifier: Apache-2.0

import CoreMetrics
import HTTPTypes
import Hummingbird
import NIOCore
import TurnledgerAgent
import TurnledgerStore

/// The chat: `POST` takes a user's message and streams the answer, `GET` resumes a stream, `POST …/stop` ends a run.
struct ChatRoute: Sendable {
    let service: AgentService
    let settings: ChatSettings
    let clock: StreamClock
    /// That of the route; `nil`: the request or the configuration says.
    var profile: ClientProfile?
    /// Counts the streams that are being written.
    var openStreams: Meter?

    /// `POST /api/ai-sdk/chat`.
    func respond(to request: Request, caller: Caller) async throws -> Response {
        let body = try await RequestBodyReader.read(request, limit: settings.maximumBodySize)
        let chat = try ChatRequest(body: body, maximumFileSize: settings.maximumFileSize) { UniqueID.random() }
        let turn = Turn(
            thread: chat.thread, owner: caller.owner, labels: caller.labels, action: chat.action,
            requestKey: try requestKey(of: request), whileBusy: chat.whileBusy)
        let format = try format(for: request, isVersion4: chat.isVersion4)
        var response = stream(try await service.begin(turn), format) { [service, settings] run in
            guard settings.onDisconnect == .cancel else { return }
            // Who wrote the stream is being cancelled: the stop is not.
            Task { try? await service.stop(run.rawValue, owner: caller.owner) }
        }
        if !service.isHistoryAvailable(of: chat.thread) { response.headers[.history] = "unavailable" }
        return response
    }

    /// `POST /api/ai-sdk/chat/{thread-or-run}/stop`, with `{"activeStreamId"?: run}`: ends what is active. Nothing active is
    /// no error: it may have ended by itself.
    func stop(_ id: String, _ request: Request, caller: Caller) async throws -> Response {
        let body = try await RequestBodyReader.read(request, limit: settings.maximumBodySize)
        var target = id
        if !body.isEmpty, let json = try? JSONValue.parse(body), let run = json["activeStreamId"]?.string,
            run.hasPrefix("run_")
        {
            target = run
        }
        let stopped = try await service.stop(target, owner: caller.owner)
        return .json(["success": true, "stopped": .array(stopped.map { .string($0.rawValue) })])
    }

    /// `GET /api/ai-sdk/chat?chatId=…`: how clients of version 4 resume.
    func resumeVersion4(_ request: Request, caller: Caller) async throws -> Response {
        guard let id = request.queryValue("chatId"), !id.isEmpty else {
            throw RequestError.invalid("Say which chat: '?chatId=…'.")
        }
        guard let follower = try await service.resume(id, owner: caller.owner) else {
            return Response(status: .noContent)
        }
        return stream(follower, .data)
    }

    private func profile(for request: Request) throws(RequestError) -> ClientProfile {
        try ClientProfile(for: request, otherwise: profile ?? settings.profile)
    }

    /// Text alone for `Accept: text/plain`, the data stream for bodies of version 4, else UI messages.
    private func format(for request: Request, isVersion4: Bool) throws(RequestError) -> StreamFormat {
        let accepted = request.headers[.accept]?.prefix { $0 != "," && $0 != ";" }.lowercased()
        if accepted == "text/plain" { return .text }
        return isVersion4 ? .data : .uiMessages(try profile(for: request))
    }

    /// The `Idempotency-Key` header: the same key of the same owner is the same turn.
    private func requestKey(of request: Request) throws(RequestError) -> String? {
        guard let key = request.headers[.idempotencyKey] else { return nil }
        guard !key.isEmpty, key.utf8.count <= 255 else {
            throw .invalid("The header 'Idempotency-Key' must have 1 to 255 bytes.")
        }
        return key
    }

    /// `GET /api/ai-sdk/chat/{thread-or-run}/stream?startIndex=N`: the run from its first chunk, or from chunk `N`; 204
    /// where nothing is to be resumed.
    func resume(_ id: String, _ request: Request, caller: Caller) async throws -> Response {
        guard let follower = try await service.resume(id, owner: caller.owner) else {
            return Response(status: .noContent)
        }
        let profile = try profile(for: request)
        guard let index = request.queryValue("startIndex") else {
            return stream(follower, try format(for: request, isVersion4: false), .wholeMessage)
        }
        var tail: Int?
        let window = try await StreamWindow(startIndex: index) {
            let count = try await service.events(of: follower.run).count {
                UIMessageStreamEncoder.chunk(of: $0, for: profile) != nil
            }
            tail = count - 1
            return count
        }
        var response = stream(follower, .uiMessages(profile), window)
        if let tail { response.headers[.workflowTailIndex] = "\(tail)" }
        return response
    }

    private func stream(
        _ follower: RunFollower, _ format: StreamFormat, _ window: StreamWindow = .whole,
        onDisconnect: @escaping @Sendable (RunID) -> Void = { _ in }
    ) -> Response {
        let stream = RunStream(
            follower: follower, format: format, window: window, clock: clock)
        var headers = HTTPFields()
        for (name, value) in format.headers {
            if let name = HTTPField.Name(name) { headers[name] = value }
        }
        headers[.workflowRunID] = follower.run.rawValue
        return Response(
            status: .ok, headers: headers,
            body: ResponseBody { [openStreams] writer in
                openStreams?.increment(by: 1)
                defer { openStreams?.decrement(by: 1) }
                do {
                    try await stream.write(to: &writer)
                    try await writer.finish(nil)
                } catch {
                    onDisconnect(follower.run)
                    throw error
                }
            })
    }
}

extension ClientProfile {
    /// The profile that a request names in the header `x-turnledger-profile`.
    init(for request: Request, otherwise fallback: ClientProfile) throws(RequestError) {
        guard let name = request.headers[.profile] else {
            self = fallback
            return
        }
        guard let profile = ClientProfile(rawValue: name) else {
            let names = ClientProfile.allCases.map(\.rawValue).joined(separator: ", ")
            throw .invalid("The header 'x-turnledger-profile' must be one of \(names).")
        }
        self = profile
    }
}

extension HTTPField.Name {
    /// Which clients a stream is made for.
    static let profile = Self("x-turnledger-profile")!
    /// The run that a stream shows: what a client gives to resume it.
    static let workflowRunID = Self("x-workflow-run-id")!
    /// What a client gives to a request that it may repeat.
    static let idempotencyKey = Self("idempotency-key")!
    /// The index of the last chunk that was there when a negative `startIndex` was counted.
    static let workflowTailIndex = Self("x-workflow-stream-tail-index")!
}
