// Turnledger. SPDX-License-Identifier: Apache-2.0

import Hummingbird

/// Answers each request in a task of its own below the connection's.
///
/// A Swift task keeps the stack that its deepest call took until the task ends. What finding an answer takes would lie behind
/// every connection for as long as a stream is written to it: 20 KB more for each who only follows.
struct OwnStack<Responder: HTTPResponder>: HTTPResponder where Responder.Context: Sendable {
    let responder: Responder

    func respond(to request: Request, context: Responder.Context) async throws -> Response {
        async let response = responder.respond(to: request, context: context)
        return try await response
    }
}
