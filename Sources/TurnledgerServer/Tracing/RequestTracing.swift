// Turnledger. SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Hummingbird
import Synchronization
import Tracing

/// Makes a span of each request, from its head to the last byte of its answer: a stream's is as long as the stream.
///
/// It goes on with the trace that the request's headers name. Names and attributes are OpenTelemetry's; queries, headers and
/// bodies are in none. What probes ask, health and metrics, has no spans.
struct RequestTracing<Context: RequestContext>: RouterMiddleware {
    let tracer: any Tracer

    @concurrent func handle(
        _ request: Request, context: Context, next: @concurrent (Request, Context) async throws -> Response
    ) async throws -> Response {
        guard !Self.isProbe(request.uri.path) else { return try await next(request, context) }
        var parent = InstrumentationContext.topLevel
        tracer.extract(request.headers, into: &parent, using: HeaderExtractor())
        let method = RequestRoute.method(request.method)
        let span: any Span = tracer.startSpan(method ?? "HTTP", context: parent, ofKind: .server)
        span.updateAttributes { attributes in
            attributes["http.request.method"] = method ?? "_OTHER"
            attributes["url.scheme"] = request.head.scheme ?? "http"
            attributes["url.path"] = request.uri.path
        }
        let end = SpanEnd(span)
        return try await InstrumentationContext.withValue(span.context) {
            do {
                var response = try await next(request, context)
                // Only behind the handler is the route known.
                Self.describe(span, method, context.endpointPath, Int(response.status.code))
                let body = response.body
                response.body = ResponseBody(contentLength: body.contentLength) { writer in
                    defer { end.now() }
                    try await body.write(writer)
                }
                return response
            } catch {
                Self.describe(span, method, context.endpointPath, 500)
                end.now()
                throw error
            }
        }
    }

    private static func describe(_ span: any Span, _ method: String?, _ pattern: String?, _ status: Int) {
        let route = RequestRoute.pattern(pattern)
        if let route { span.operationName = "\(method ?? "HTTP") \(route)" }
        span.updateAttributes { attributes in
            attributes["http.route"] = route
            attributes["http.response.status_code"] = status
            if status >= 500 { attributes["error.type"] = "\(status)" }
        }
        if status >= 500 { span.setStatus(SpanStatus(code: .error)) }
    }

    private static func isProbe(_ path: String) -> Bool { path == "/metrics" || path.hasPrefix("/health") }
}

/// Ends a span once: when the answer is written, or when nobody will write it.
private final class SpanEnd: Sendable {
    private let span: Mutex<(any Span)?>

    init(_ span: any Span) { self.span = Mutex(span) }

    func now() {
        let span = span.withLock { span in
            defer { span = nil }
            return span
        }
        span?.end()
    }

    deinit { now() }
}

private struct HeaderExtractor: Extractor {
    func extract(key: String, from headers: HTTPFields) -> String? { headers.value(of: key) }
}
