// Turnledger. SPDX-License-Identifier: Apache-2.0

public import Hummingbird
import HummingbirdCore
public import Logging
import NIOCore
public import ServiceLifecycle
public import Tracing

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Turnledger's own server: its routes, who may come in, the access log.
///
/// A graceful stop takes no new requests; open streams go on until they end, or until `settings.stopDeadline`: then
/// they are told. Run it in a `ServiceGroup` behind the agent service, which must outlive it.
public struct ChatServer: Service {
    private let routes: TurnledgerRoutes
    private let settings: ServerSettings
    private let logger: Logger
    private let tracer: (any Tracer)?
    private let onRunning: @Sendable (Int) async -> Void

    /// - Parameters:
    ///   - routes: What is served.
    ///   - settings: Where to listen and whom to let in; its `chat` is the routes' own affair.
    ///   - logger: Takes a line for each request, without its query or body.
    ///   - tracer: Makes a span of each request; `nil`: nobody traces.
    ///   - onRunning: Called with the port when the server listens.
    /// - Throws: `ServerError` for settings that would let everybody in from outside.
    public init(
        routes: TurnledgerRoutes, settings: ServerSettings, logger: Logger, tracer: (any Tracer)? = nil,
        onRunning: @escaping @Sendable (_ port: Int) async -> Void = { _ in }
    ) throws(ServerError) {
        try settings.validate()
        self.routes = routes
        self.settings = settings
        self.logger = logger
        self.tracer = tracer
        self.onRunning = onRunning
    }

    /// The application behind the server, for tests that call its router without a socket.
    public var application: some ApplicationProtocol {
        let router = Router(context: ServerRequestContext.self)
        if let tracer { router.add(middleware: RequestTracing(tracer: tracer)) }
        if let metrics = routes.metrics { router.add(middleware: RequestMetrics(factory: metrics.registry)) }
        router.add(middleware: AccessLog())
        if !settings.cors.origins.isEmpty { router.add(middleware: AllowedOrigins(settings.cors)) }
        let limit = settings.maximumConnections.map { ConnectionLimit($0) }
        if let limit { router.add(middleware: ConnectionLimiter(limit: limit)) }
        let authenticator = Authenticator(rule: settings.access)
        routes.add(to: router) { request, context in
            try authenticator.caller(of: request.headers, peer: context.remoteAddress?.ipAddress)
        }
        // NIO's bootstrap sets TCP_NODELAY on the listener; Linux hands it on to every connection.
        return Application(
            responder: OwnStack(responder: router.buildResponder()),
            configuration: ApplicationConfiguration(
                address: .hostname(settings.host, port: settings.port), serverName: "turnledger",
                availableConnectionsDelegate: limit.map { $0 as any AvailableConnectionsDelegate }),
            onServerRunning: { [onRunning] channel in await onRunning(channel.localAddress?.port ?? 0) },
            logger: logger)
    }

    /// Serves until it is stopped.
    /// - Throws: `ServerError` where it cannot listen.
    public func run() async throws {
        do {
            try await application.run()
        } catch let error as IOError where error.errnoCode == EADDRINUSE {
            throw ServerError.portInUse(host: settings.host, port: settings.port)
        } catch let error as IOError {
            throw badAddress(String(cString: strerror(error.errnoCode)))
        } catch is SocketAddressError {
            throw badAddress("The host is not known")
        } catch is SocketAddressError.UnknownHost {
            throw badAddress("The host is not known")
        }
    }

    private func badAddress(_ reason: String) -> ServerError {
        .badAddress(host: settings.host, port: settings.port, reason: "\(reason).")
    }
}
