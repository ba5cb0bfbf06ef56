// Turnledger. SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Hummingbird

/// A router that remembers what it was told, so that a known path with another method is 405 and not 404.
final class KnownRoutes<Context: RequestContext> {
    private let router: any RouterMethods<Context>
    private var methods: [String: [HTTPRequest.Method]] = [:]

    init(_ router: any RouterMethods<Context>) { self.router = router }

    /// The methods of each path.
    var known: [String: [String]] {
        Dictionary(uniqueKeysWithValues: methods.map { ("/" + $0.key, $0.value.map(\.rawValue)) })
    }

    func on(
        _ path: String, _ method: HTTPRequest.Method,
        _ handler: @escaping @Sendable (Request, Context) async throws -> Response
    ) {
        methods[path, default: []].append(method)
        router.on(RouterPath(path), method: method) { request, context in try await handler(request, context) }
    }

    /// Answers for all other methods of the known paths.
    func refuseOtherMethods() {
        for (path, known) in methods {
            let allowed = known.map(\.rawValue).sorted().joined(separator: ", ")
            for method in [HTTPRequest.Method.get, .post, .put, .patch, .delete] where !known.contains(method) {
                router.on(RouterPath(path), method: method) { request, _ in
                    let message = "\(request.method.rawValue) is not for this path, which takes \(allowed)."
                    var response = RequestError(405, "method_not_allowed", message).response(as: .json)
                    response.headers[.allow] = allowed
                    return response
                }
            }
        }
    }
}
