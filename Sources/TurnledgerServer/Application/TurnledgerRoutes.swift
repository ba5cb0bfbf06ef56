// Turnledger. SPDX-License-Identifier: Apache-2.0

import CoreMetrics
import HTTPTypes
public import Hummingbird
import Logging
import NIOCore
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
    private let streams: StreamClock
    let metrics: MetricsEndpoint?
    private let operators: Set<String>
    private let clock: any WallClock
    private let started = ContinuousClock.now

    /// - Parameters:
    ///   - service: Runs the turns; its `run()` must be running.
    ///   - store: The store that the service has.
    ///   - clauses: Finds cited clauses; `nil`: there is no such route.
    ///   - identity: What the health routes say about this server.
    ///   - chat: The bounds of requests and streams.
    ///   - stopDeadline: How long open streams may go on after a graceful stop has begun.
    ///   - metrics: What `GET /metrics` tells; `nil`: there is no such route, and requests are not counted.
    ///   - operators: Owners who may switch the stores of a mirror; where none is named, only whoever calls a server that
    ///     asks nobody who they are.
    ///   - clock: Dates the changes that requests make to threads.
    public init(
        service: AgentService, store: any ConversationStore, clauses: (any ClauseLookup)? = nil,
        identity: ServerIdentity,
        chat: ChatSettings = ChatSettings(), stopDeadline: Duration = .seconds(10), metrics: MetricsEndpoint? = nil,
        operators: Set<String> = [], clock: any WallClock = SteadyWallClock()
    ) {
        self.service = service
        self.store = store
        self.clauses = clauses
        self.identity = identity
        self.chat = chat
        streams = StreamClock(keepAlive: chat.keepAlive, stopDeadline: stopDeadline)
        self.metrics = metrics
        self.operators = operators
        self.clock = clock
    }

    /// Finds out who asks; throws `RequestError.unauthorized` for whoever may not come in.
    public typealias Authentication<Context> = @Sendable (Request, Context) async throws -> Caller

    /// Adds all routes: `/api/…` for callers; `/health…` and the page at `/` for everybody.
    public func add<Context: RequestContext>(
        to router: some RouterMethods<Context>, authenticate: @escaping Authentication<Context>
    ) {
        let router = KnownRoutes<Context>(router) { [store] response in
            if let durability = store.degradedDurability { response.headers[.durability] = durability.rawValue }
        }
        addChat(to: router, authenticate: authenticate)
        addThreads(to: router, authenticate: authenticate)
        addClauses(to: router, authenticate: authenticate)
        addStatistics(to: router, authenticate: authenticate)
        addTransfer(to: router, authenticate: authenticate)
        addHealth(to: router)
        addMetrics(to: router, authenticate: authenticate)
        addPage(to: router)
        router.refuseOtherMethods()
    }

    /// The methods of every path that `add` knows, as `/api/threads/:thread`: what the OpenAPI document must tell.
    package var known: [String: [String]] {
        let router = KnownRoutes(Router(context: BasicRequestContext.self))
        addChat(to: router) { _, _ in .everybody }
        addThreads(to: router) { _, _ in .everybody }
        addClauses(to: router) { _, _ in .everybody }
        addStatistics(to: router) { _, _ in .everybody }
        addTransfer(to: router) { _, _ in .everybody }
        addHealth(to: router)
        addMetrics(to: router) { _, _ in .everybody }
        addPage(to: router)
        return router.known
    }

    /// The chat at `api/ai-sdk/chat`, and again at `api/ai-sdk/PROFILE/chat` for clients of one profile.
    private func addChat<Context: RequestContext>(
        to router: KnownRoutes<Context>, authenticate: @escaping Authentication<Context>
    ) {
        add(
            ChatRoute(service: service, settings: chat, clock: streams, openStreams: openStreams),
            at: "api/ai-sdk/chat", to: router, authenticate)
        for profile in ClientProfile.allCases {
            let route = ChatRoute(
                service: service, settings: chat, clock: streams, profile: profile, openStreams: openStreams)
            add(route, at: "api/ai-sdk/\(profile.rawValue)/chat", to: router, authenticate)
        }
    }

    private var openStreams: Meter? {
        metrics.map { Meter(label: "turnledger_streams_open", factory: $0.registry) }
    }

    /// A route for callers: errors as `form` says, and with the path's `parameter` where it has one.
    private func on<Context: RequestContext>(
        _ path: String, _ method: HTTPRequest.Method, _ parameter: String, _ form: RequestError.Form,
        in router: KnownRoutes<Context>, _ authenticate: @escaping Authentication<Context>,
        _ handler: @escaping @Sendable (Request, String, Caller) async throws -> Response
    ) {
        router.on(path, method) { request, context in
            try await RequestError.catching(as: form, logger: context.logger) {
                let caller = try await authenticate(request, context)
                return try await handler(request, context.parameters.get(parameter)?.percentDecoded ?? "", caller)
            }
        }
    }

    private func add<Context: RequestContext>(
        _ route: ChatRoute, at path: String, to router: KnownRoutes<Context>,
        _ authenticate: @escaping Authentication<Context>
    ) {
        func on(
            _ path: String, _ method: HTTPRequest.Method,
            _ handler: @escaping @Sendable (Request, String, Caller) async throws -> Response
        ) {
            self.on(path, method, "chat", .sentence, in: router, authenticate, handler)
        }
        on(path, .post) { request, _, caller in try await route.respond(to: request, caller: caller) }
        on(path, .get) { request, _, caller in try await route.resumeVersion4(request, caller: caller) }
        on("\(path)/:chat/stream", .get) { request, id, caller in
            try await route.resume(id, request, caller: caller)
        }
        on("\(path)/:chat/stop", .post) { request, id, caller in try await route.stop(id, request, caller: caller) }
    }

    private func addThreads<Context: RequestContext>(
        to router: KnownRoutes<Context>, authenticate: @escaping Authentication<Context>
    ) {
        let routes = ThreadRoutes(service: service, store: store, clock: clock, chat: chat)
        func on(
            _ path: String, _ method: HTTPRequest.Method,
            _ handler: @escaping @Sendable (Request, String, Caller) async throws -> Response
        ) {
            self.on(path, method, "thread", .json, in: router, authenticate, handler)
        }
        on("api/threads", .get) { request, _, caller in try await routes.list(request, caller: caller) }
        on("api/threads/import", .post) { request, _, caller in
            try await routes.importThread(request, caller: caller)
        }
        on("api/threads/:thread/fork", .post) { request, id, caller in
            try await routes.fork(id, request, caller: caller)
        }
        on("api/threads/:thread/export", .get) { _, id, caller in try await routes.export(id, caller: caller) }
        on("api/threads/:thread", .get) { _, id, caller in try await routes.show(id, caller: caller) }
        on("api/threads/:thread", .patch) { request, id, caller in
            try await routes.change(id, request, caller: caller)
        }
        on("api/threads/:thread", .delete) { _, id, caller in try await routes.delete(id, caller: caller) }
        on("api/threads/:thread/messages", .get) { request, id, caller in
            try await routes.messages(id, request, caller: caller)
        }
        on("api/threads/:thread/checkpoints", .get) { request, id, caller in
            try await routes.checkpoints(id, request, caller: caller)
        }
    }

    private func addClauses<Context: RequestContext>(
        to router: KnownRoutes<Context>, authenticate: @escaping Authentication<Context>
    ) {
        guard let clauses else { return }
        on("api/regulations/clauses/:clause", .get, "clause", .json, in: router, authenticate) { _, id, _ in
            guard let clause = try await clauses.clause(id) else {
                throw RequestError.notFound("There is no such clause. A clause is named 'document#number'.")
            }
            return .json(clause)
        }
    }

    private func addStatistics<Context: RequestContext>(
        to router: KnownRoutes<Context>, authenticate: @escaping Authentication<Context>
    ) {
        guard let store = store as? any StatisticsStore else { return }
        let route = StatisticsRoute(store: store, clock: clock)
        on("api/stats", .get, "", .json, in: router, authenticate) { request, _, caller in
            try await route.report(request, caller: caller)
        }
    }

    private func addTransfer<Context: RequestContext>(
        to router: KnownRoutes<Context>, authenticate: @escaping Authentication<Context>
    ) {
        let route = SwitchRoute(store: store, operators: operators)
        on("api/transfer/switch", .post, "", .json, in: router, authenticate) { request, _, caller in
            try await route.respond(to: request, caller: caller)
        }
    }

    private func addHealth<Context: RequestContext>(to router: KnownRoutes<Context>) {
        let routes = HealthRoutes(store: store, identity: identity, started: started)
        router.on("health", .get) { _, context in await routes.report(isReadiness: false, logger: context.logger) }
        router.on("health/ready", .get) { _, context in
            await routes.report(isReadiness: true, logger: context.logger)
        }
        router.on("health/live", .get) { _, _ in routes.live() }
    }

    private func addMetrics<Context: RequestContext>(
        to router: KnownRoutes<Context>, authenticate: @escaping Authentication<Context>
    ) {
        guard let metrics, metrics.access != .off else { return }
        router.on("metrics", .get) { request, context in
            try await RequestError.catching(as: .json, logger: context.logger) {
                if metrics.access == .callers { _ = try await authenticate(request, context) }
                return await metrics.scrape()
            }
        }
    }

    private func addPage<Context: RequestContext>(to router: KnownRoutes<Context>) {
        let page = PageRoutes()
        router.on("", .get) { _, _ in page.html() }
        router.on("page.css", .get) { _, _ in page.style() }
        router.on("openapi.json", .get) { _, _ in
            Response(
                status: .ok, headers: [.contentType: "application/json; charset=utf-8"],
                body: ResponseBody(byteBuffer: ByteBuffer(bytes: PackageResources.openapi_json)))
        }
        router.on("page.js", .get) { _, _ in page.script() }
        router.on("common.js", .get) { _, _ in page.commonScript() }
        router.on("stats", .get) { _, _ in page.statistics() }
        router.on("stats.js", .get) { _, _ in page.statisticsScript() }
    }
}
