// Turnledger. SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Hummingbird

/// Lets pages of the configured origins call the server; requests from others get no CORS headers.
struct AllowedOrigins<Context: RequestContext>: RouterMiddleware {
    private let any: CORSMiddleware<Context>?
    private let byOrigin: [String: CORSMiddleware<Context>]

    init(_ settings: CORSSettings) {
        func middleware(_ origin: CORSMiddleware<Context>.AllowOriginExtended) -> CORSMiddleware<Context> {
            CORSMiddleware(
                allowOrigin: origin,
                allowHeaders: [.accept, .authorization, .contentType, .origin, .idempotencyKey, .profile],
                allowMethods: [.get, .post, .patch, .delete, .head, .options],
                allowCredentials: settings.allowsCredentials,
                exposedHeaders: ["x-request-id", "x-workflow-run-id", "x-workflow-stream-tail-index"],
                maxAge: .hours(1))
        }
        // Browsers refuse `*` beside credentials: the page's own origin is sent instead.
        any = settings.origins.contains("*") ? middleware(settings.allowsCredentials ? .originBased : .all) : nil
        byOrigin = Dictionary(
            settings.origins.map { ($0, middleware(.custom($0))) }, uniquingKeysWith: { first, _ in first })
    }

    @concurrent func handle(
        _ request: Request, context: Context, next: @concurrent (Request, Context) async throws -> Response
    ) async throws -> Response {
        guard let origin = request.headers[.origin], let middleware = byOrigin[origin] ?? any else {
            return try await next(request, context)
        }
        return try await middleware.handle(request, context: context, next: next)
    }
}
