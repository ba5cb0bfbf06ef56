// Turnledger. SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Hummingbird
import HummingbirdCore
import Synchronization

/// How many connections are open, and whether they are too many.
///
/// A process that has no descriptors left cannot even go on as it is: the libraries below end it. So the server stops
/// before. A few connections beyond the limit are taken to be told so; after those, clients wait until one closes.
final class ConnectionLimit: AvailableConnectionsDelegate {
    /// How many are taken beyond the limit.
    static let margin = 32

    private let maximum: Int
    private let count = Atomic(0)

    init(_ maximum: Int) { self.maximum = maximum }

    /// Whether whoever asks now is to be turned away.
    var isExceeded: Bool { count.load(ordering: .relaxed) > maximum }

    func connectionOpened() { count.add(1, ordering: .relaxed) }
    func connectionClosed() { count.subtract(1, ordering: .relaxed) }

    func isAcceptingNewConnections() -> Bool { count.load(ordering: .relaxed) < maximum + Self.margin }
}

/// Turns requests away while too many connections are open; those that ask for the state of the service are answered.
struct ConnectionLimiter<Context: RequestContext>: RouterMiddleware {
    let limit: ConnectionLimit

    @concurrent func handle(
        _ request: Request, context: Context, next: @concurrent (Request, Context) async throws -> Response
    ) async throws -> Response {
        let path = request.uri.path
        guard limit.isExceeded, !path.hasPrefix("/health"), path != "/metrics" else {
            return try await next(request, context)
        }
        var response = RequestError.tooManyConnections.response(as: path.hasPrefix("/api/ai-sdk/") ? .sentence : .json)
        response.headers[.connection] = "close"
        return response
    }
}
