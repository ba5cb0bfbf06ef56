// Turnledger. SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Hummingbird

/// A router that remembers what it was told, so that a known path with another method is 405 and not 404.
final class KnownRoutes<Context: RequestContext> {
    private let router: any RouterMethods<Context>
    private let mark: @Sendable (inout Response) -> Void
    private var methods: [String: [HTTPRequest.Method]] = [:]

    /// - `mark`: Changes each answer, the last thing before it is sent.
    init(_ router: any RouterMethods<Context>, mark: @escaping @Sendable (inout Response) -> Void = { _ in }) {
        self.router = router
        self.mark = mark
    }

    /// The methods of each path.
    var known: [String: [String]] {
        Dictionary(uniqueKeysWithValues: methods.map { ("/" + $0.key, $0.value.map(\.rawValue)) })
    }

    func on(
        _ path: String, _ method: HTTPRequest.Method,
        _ handler: @escaping @Sendable (Request, Context) async throws -> Response
    ) {
        methods[path, default: []].append(method)
        router.on(RouterPath(path), method: method) { [mark] request, context in
            var response = try await handler(request, context)
            mark(&response)
            return response
        }
    }

    /// Answers for all other methods of the known paths.
    func refuseOtherMethods() {
        for (path, known) in methods {
            let allowed = known.map(\.rawValue).sorted().joined(separator: ", ")
            for method in [HTTPRequest.Method.get, .post, .put, .patch, .delete] where !known.contains(method) {
                router.on(RouterPath(path), method: method) { [mark] request, _ in
                    let message = "\(request.method.rawValue) is not for this path, which takes \(allowed)."
                    var response = RequestError(405, "method_not_allowed", message).response(as: .json)
                    response.headers[.allow] = allowed
                    mark(&response)
                    return response
                }
            }
        }
    }
}
