// Turnledger. SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Hummingbird
import Logging
import TurnledgerStore

/// Logs each request without its body and query, and gives each response its request id.
///
/// Also answers for errors of the router itself, such as a path that there is not.
struct AccessLog<Context: RequestContext>: RouterMiddleware {
    @concurrent func handle(
        _ request: Request, context: Context, next: @concurrent (Request, Context) async throws -> Response
    ) async throws -> Response {
        let start = ContinuousClock.now
        var response: Response
        do {
            response = try await next(request, context)
        } catch let error as HTTPError {
            let code = error.status.reasonPhrase.lowercased().replacing(" ", with: "_")
            let message = error.body ?? "\(request.method.rawValue) \(request.uri.path): \(error.status.reasonPhrase)."
            response = RequestError(error.status.code, code, message).response(as: .json)
        }
        response.headers[Self.requestID] = context.id
        let duration = start.duration(to: .now) / Duration.milliseconds(1)
        context.logger.info(
            "Answered a request",
            metadata: [
                "method": "\(request.method.rawValue)", "path": "\(request.uri.path)",
                "status": "\(response.status.code)",
                "milliseconds": "\(Int(duration))",
            ])
        return response
    }

    private static var requestID: HTTPField.Name { HTTPField.Name("x-request-id")! }
}
