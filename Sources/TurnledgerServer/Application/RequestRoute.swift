// Turnledger. SPDX-License-Identifier: Apache-2.0

import HTTPTypes

/// What metrics and spans call a request: one of a few words, whatever clients send.
enum RequestRoute {
    /// A pattern as the OpenAPI document writes it; `nil` for a path that there is not.
    static func pattern(_ pattern: String?) -> String? {
        // Hummingbird's own word for a path that there is not.
        guard let pattern, pattern != "NotFound" else { return nil }
        let parts = pattern.split(separator: "/").map { $0.hasPrefix(":") ? "{\($0.dropFirst())}" : String($0) }
        return "/" + parts.joined(separator: "/")
    }

    /// `nil` for a method that somebody made up.
    static func method(_ method: HTTPRequest.Method) -> String? {
        [.get, .post, .put, .patch, .delete, .head, .options].contains(method) ? method.rawValue : nil
    }
}
