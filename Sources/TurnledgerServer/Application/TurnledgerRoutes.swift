// Turnledger. SPDX-License-Identifier: Apache-2.0

import HTTPTypes
public import Hummingbird
import Logging
public import TurnledgerAgent
public import TurnledgerStore

/// Turnledger's routes, for its own server or for somebody else's Hummingbird router.
///
///     let routes = TurnledgerRoutes(service: service, store: store, identity: identity)
///     routes.add(to: router.group("assistant")) { request, context in
///         Caller(owner: try await session(request).user)
///     }
public struct TurnledgerRoutes: Sendable {
    private let service: AgentService
    private let store: any ConversationStore
    private let clauses: (any ClauseLookup)?
    private let identity: ServerIdentity
    private let chat: ChatSettings
    private let stopDeadline: Duration
    private let clock: any WallClock
    private let started = ContinuousClock.now

    /// - Parameters:
    ///   - service: Runs the turns; its `run()` must be running.
    ///   - store: The store that the service has.
    ///   - clauses: Finds cited clauses; `nil`: there is no such route.
    ///   - identity: What the health routes say about this server.
    ///   - chat: The bounds of requests and streams.
    ///   - stopDeadline: How long open streams may go on after a graceful stop has begun.
    ///   - clock: Dates the changes that requests make to threads.
    public init(
        service: AgentService, store: any ConversationStore, clauses: (any ClauseLookup)? = nil,
        identity: ServerIdentity,
        chat: ChatSettings = ChatSettings(), stopDeadline: Duration = .seconds(10),
        clock: any WallClock = SystemWallClock()
    ) {
        self.service = service
        self.store = store
        self.clauses = clauses
        self.identity = identity
        self.chat = chat
        self.stopDeadline = stopDeadline
        self.clock = clock
    }

    /// Finds out who asks; throws `RequestError.unauthorized` for whoever may not come in.
    public typealias Authentication<Context> = @Sendable (Request, Context) async throws -> Caller

    /// Adds all routes: `/api/…` for callers; `/health…` and the page at `/` for everybody.
    public func add<Context: RequestContext>(
        to router: some RouterMethods<Context>, authenticate: @escaping Authentication<Context>
    ) {
        addChat(to: router, authenticate: authenticate)
        addThreads(to: router, authenticate: authenticate)
        addClauses(to: router, authenticate: authenticate)
        addHealth(to: router)
        addPage(to: router)
    }

    private func addChat<Context: RequestContext>(
        to router: some RouterMethods<Context>, authenticate: @escaping Authentication<Context>
    ) {
        let route = ChatRoute(service: service, settings: chat, stopDeadline: stopDeadline)
        router.on("api/ai-sdk/chat", method: .post) { request, context in
            try await RequestError.catching(as: .sentence, logger: context.logger) {
                try await route.respond(to: request, caller: try await authenticate(request, context))
            }
        }
        addStop(route, to: router, authenticate: authenticate)
        router.on("api/ai-sdk/chat/:chat/stream", method: .get) { request, context in
            try await RequestError.catching(as: .sentence, logger: context.logger) {
                let caller = try await authenticate(request, context)
                return try await route.resume(
                    context.parameters.get("chat")?.percentDecoded ?? "", request, caller: caller)
            }
        }
    }

    private func addStop<Context: RequestContext>(
        _ route: ChatRoute, to router: some RouterMethods<Context>,
        authenticate: @escaping Authentication<Context>
    ) {
        router.on("api/ai-sdk/chat/:chat/stop", method: .post) { request, context in
            try await RequestError.catching(as: .sentence, logger: context.logger) {
                let caller = try await authenticate(request, context)
                return try await route.stop(
                    context.parameters.get("chat")?.percentDecoded ?? "", request, caller: caller)
            }
        }
    }

    private func addThreads<Context: RequestContext>(
        to router: some RouterMethods<Context>, authenticate: @escaping Authentication<Context>
    ) {
        let routes = ThreadRoutes(service: service, store: store, clock: clock)
        func on(
            _ path: RouterPath, _ method: HTTPRequest.Method,
            _ handler: @escaping @Sendable (Request, String, Caller) async throws -> Response
        ) {
            router.on(path, method: method) { request, context in
                try await RequestError.catching(as: .json, logger: context.logger) {
                    let caller = try await authenticate(request, context)
                    return try await handler(request, context.parameters.get("thread")?.percentDecoded ?? "", caller)
                }
            }
        }
        on("api/threads", .get) { request, _, caller in try await routes.list(request, caller: caller) }
        on("api/threads/:thread", .get) { _, id, caller in try await routes.show(id, caller: caller) }
        on("api/threads/:thread", .patch) { request, id, caller in
            try await routes.change(id, request, caller: caller)
        }
        on("api/threads/:thread", .delete) { _, id, caller in try await routes.delete(id, caller: caller) }
        on("api/threads/:thread/messages", .get) { _, id, caller in try await routes.messages(id, caller: caller) }
        on("api/threads/:thread/checkpoints", .get) { request, id, caller in
            try await routes.checkpoints(id, request, caller: caller)
        }
    }

    private func addClauses<Context: RequestContext>(
        to router: some RouterMethods<Context>, authenticate: @escaping Authentication<Context>
    ) {
        guard let clauses else { return }
        router.on("api/regulations/clauses/:clause", method: .get) { request, context in
            try await RequestError.catching(as: .json, logger: context.logger) {
                _ = try await authenticate(request, context)
                let id = context.parameters.get("clause")?.percentDecoded ?? ""
                guard let clause = try await clauses.clause(id) else {
                    throw RequestError.notFound("There is no such clause. A clause is named 'document#number'.")
                }
                return .json(clause)
            }
        }
    }

    private func addHealth<Context: RequestContext>(to router: some RouterMethods<Context>) {
        let routes = HealthRoutes(store: store, identity: identity, started: started)
        router.on("health", method: .get) { _, context in await routes.report(logger: context.logger) }
        router.on("health/ready", method: .get) { _, context in await routes.report(logger: context.logger) }
        router.on("health/live", method: .get) { _, _ in routes.live() }
    }

    private func addPage<Context: RequestContext>(to router: some RouterMethods<Context>) {
        let page = PageRoutes()
        router.on("", method: .get) { _, _ in page.html() }
        router.on("page.css", method: .get) { _, _ in page.style() }
        router.on("page.js", method: .get) { _, _ in page.script() }
    }
}
