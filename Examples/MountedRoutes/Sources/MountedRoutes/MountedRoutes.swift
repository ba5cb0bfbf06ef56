// Turnledger. SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Hummingbird
import Logging
import ServiceLifecycle
import TurnledgerAgent
import TurnledgerModels
import TurnledgerSQLite
import TurnledgerServer

/// A Hummingbird application of somebody else's, with Turnledger's routes under `/assistant`.
///
///     swift run
///     curl -N http://127.0.0.1:8080/assistant/api/ai-sdk/chat -H 'X-User: frank' \
///       -d '{"id":"demo","message":{"id":"u1","role":"user","parts":[{"type":"text","text":"My name is Frank."}]}}'
@main
struct MountedRoutes {
    static func main() async throws {
        let logger = Logger(label: "mounted-routes")
        let store = try SQLiteStore(path: "data/mounted.sqlite")
        try await store.setUp()
        let service = try AgentService(store: store, model: ExtractiveAnswerer(), tools: [], logger: logger)

        let router = Router()
        router.get("/") { _, _ in "The assistant is under /assistant." }
        let routes = TurnledgerRoutes(
            service: service, store: store,
            identity: ServerIdentity(version: "example", store: "sqlite", model: "extractive"))
        routes.add(to: router.group("assistant")) { request, _ in
            // The application knows its users; here they say who they are.
            guard let user = request.headers[HTTPField.Name("x-user")!], !user.isEmpty else {
                throw RequestError.unauthorized("Say who you are in X-User.")
            }
            return Caller(owner: user)
        }

        var application = Application(router: router, logger: logger)
        application.addServices(Turns(service: service))
        try await application.runService()
    }
}

/// Renews leases and takes up unfinished turns for as long as the application runs.
struct Turns: Service {
    let service: AgentService

    func run() async throws {
        _ = try await cancelWhenGracefulShutdown { try await service.run() }
        await service.drain(within: .seconds(10))
    }
}
