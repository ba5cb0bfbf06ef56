// Turnledger. SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Hummingbird
import NIOCore
import TurnledgerAgent
import TurnledgerStore

/// `POST /api/ai-sdk/chat`: takes a user's message and streams the answer.
struct ChatRoute: Sendable {
    let service: AgentService
    let settings: ChatSettings
    let stopDeadline: Duration

    func respond(to request: Request, caller: Caller) async throws -> Response {
        let body = try await RequestBodyReader.read(request, limit: settings.maximumBodySize)
        let chat = try ChatRequest(body: body) { UniqueID.random() }
        let turn = Turn(thread: chat.thread, owner: caller.owner, labels: caller.labels, message: chat.message)
        let follower = try await service.begin(turn)
        return stream(follower)
    }

    private func stream(_ follower: RunFollower) -> Response {
        let stream = RunStream(follower: follower, keepAlive: settings.keepAlive, stopDeadline: stopDeadline)
        var headers = HTTPFields()
        for (name, value) in UIMessageStreamEncoder.headers {
            if let name = HTTPField.Name(name) { headers[name] = value }
        }
        return Response(
            status: .ok, headers: headers,
            body: ResponseBody { writer in
                try await stream.write(to: &writer)
                try await writer.finish(nil)
            })
    }
}
