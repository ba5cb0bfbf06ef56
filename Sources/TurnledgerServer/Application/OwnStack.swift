// Turnledger. SPDX-License-Identifier: Apache-2.0

import Hummingbird
import TurnledgerAgent

/// Finds each answer in a Swift task of its own below the connection's, and writes it where the connection's bytes are written.
///
/// A Swift task keeps the stack that its deepest call took until the task ends. What finding an answer takes would lie behind
/// every connection for as long as a stream is written to it: 20 KB more for each who only follows. And on another OS thread
/// each token of a stream would have to wake the event loop's.
struct OwnStack<Responder: HTTPResponder<ServerRequestContext>>: HTTPResponder {
    let responder: Responder

    func respond(to request: Request, context: ServerRequestContext) async throws -> Response {
        async let answer = responder.respond(to: request, context: context)
        var response = try await answer
        let (body, loop) = (response.body, context.eventLoop)
        response.body = ResponseBody(contentLength: body.contentLength) { writer in
            try await withTaskExecutorPreference(ForwardingExecutor { loop.execute($0) }) {
                try await body.write(writer)
            }
        }
        return response
    }
}
