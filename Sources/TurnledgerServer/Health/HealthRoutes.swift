// Turnledger. SPDX-License-Identifier: Apache-2.0

import Hummingbird
import Logging
import TurnledgerStore

/// What a server says about itself in its health routes.
public struct ServerIdentity: Sendable {
    /// The version of the binary.
    public var version: String
    /// Which store, without credentials.
    public var store: String
    /// Which model.
    public var model: String

    public init(version: String, store: String, model: String) {
        self.version = version
        self.store = store
        self.model = model
    }
}

/// `GET /health`, `/health/live`, `/health/ready`.
struct HealthRoutes: Sendable {
    let store: any ConversationStore
    let identity: ServerIdentity
    let started: ContinuousClock.Instant

    /// The process runs; asks nobody.
    func live() -> Response { .json(["status": "ok"]) }

    /// Whether requests can be served: 503 where the store does not answer. While a store goes on without its database the
    /// state says so.
    ///
    /// - `isReadiness`: Whether a balancer asks, which may be told to go elsewhere then.
    func report(isReadiness: Bool, logger: Logger) async -> Response {
        let condition = (store as? any DegradableStore)?.condition
        let isDegraded = condition?.state == .degraded
        let answers =
            isDegraded
            ? false
            : await StoreProbe.answers(store) { error in
                logger.error("The store does not answer", metadata: ["cause": "\(error.debugDescription)"])
            }
        let uptime = started.duration(to: .now).components.seconds
        var json: JSONObject = [
            "status": isDegraded ? "degraded" : answers ? "ok" : "unavailable",
            "store": ["name": .string(identity.store), "status": answers ? "ok" : "unavailable"],
            "model": .string(identity.model), "version": .string(identity.version),
            "uptimeSeconds": .integer(uptime),
        ]
        for member in condition?.json ?? [:] { json[member.key] = member.value }
        let isReady = isDegraded ? !isReadiness || condition?.isReadyWhileDegraded == true : answers
        return .json(.object(json), status: isReady ? .ok : .serviceUnavailable)
    }
}
