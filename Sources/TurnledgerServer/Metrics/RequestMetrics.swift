// Turnledger. SPDX-License-Identifier: Apache-2.0

import CoreMetrics
import HTTPTypes
import Hummingbird
import TurnledgerStore

/// Counts requests by route, and how long they took to be answered.
struct RequestMetrics<Context: RequestContext>: RouterMiddleware {
    let factory: any MetricsFactory

    @concurrent func handle(
        _ request: Request, context: Context, next: @concurrent (Request, Context) async throws -> Response
    ) async throws -> Response {
        let start = ContinuousClock.now
        let response = try await next(request, context)
        // Only behind the handler is the route known.
        let route = Self.route(context.endpointPath)
        Counter(
            label: "turnledger_http_requests_total",
            dimensions: [
                ("method", Self.method(request.method)), ("route", route), ("status", "\(response.status.code)"),
            ], factory: factory
        ).increment()
        Timer(label: "turnledger_http_request_seconds", dimensions: [("route", route)], factory: factory)
            .recordNanoseconds(start.duration(to: .now).nanoseconds)
        return response
    }

    /// A pattern as the OpenAPI document writes it; a path that there is not would be a label of its own for each.
    private static func route(_ pattern: String?) -> String {
        // Hummingbird's own word for a path that there is not.
        guard let pattern, pattern != "NotFound" else { return "unknown" }
        let parts = pattern.split(separator: "/").map { $0.hasPrefix(":") ? "{\($0.dropFirst())}" : String($0) }
        return "/" + parts.joined(separator: "/")
    }

    /// Anybody may send a method of their own.
    private static func method(_ method: HTTPRequest.Method) -> String {
        [.get, .post, .put, .patch, .delete, .head, .options].contains(method) ? method.rawValue : "other"
    }
}
