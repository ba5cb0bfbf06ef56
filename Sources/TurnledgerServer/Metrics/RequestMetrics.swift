// Turnledger. SPDX-License-Identifier: Apache-2.0

import CoreMetrics
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
        // Only behind the handler is the route known. A path that there is not would be a label of its own for each.
        let route = RequestRoute.pattern(context.endpointPath) ?? "unknown"
        Counter(
            label: "turnledger_http_requests_total",
            dimensions: [
                ("method", RequestRoute.method(request.method) ?? "other"), ("route", route),
                ("status", "\(response.status.code)"),
            ], factory: factory
        ).increment()
        Timer(label: "turnledger_http_request_seconds", dimensions: [("route", route)], factory: factory)
            .recordNanoseconds(start.duration(to: .now).nanoseconds)
        return response
    }
}
