// Turnledger. SPDX-License-Identifier: Apache-2.0

import Logging
import ServiceLifecycle
import TurnledgerAgent
import TurnledgerServer
import TurnledgerStore

/// Everything that answers, put together from the configuration: store, model, tools, service.
struct AgentAssembly: Sendable {
    let store: any ConversationStore
    /// What it stands on: the store itself, or the database that a spool stands in for.
    let database: any ConversationStore
    let location: StoreLocation
    let storeName: String
    let model: any ModelClient
    let modelName: String
    let regulations: Regulations
    let service: AgentService
    /// What must run for the store.
    let storeServices: [any Service]

    /// Opens the store, tests the model and builds the search index, in this order, and says what is used.
    ///
    /// - Parameters:
    ///   - connections: The most connections to the model at once.
    ///   - measures: What counts; `nil`: nothing does.
    ///   - tracing: What makes spans; `nil`: nothing does.
    /// - Throws: An error whose description is one clear sentence.
    static func make(
        _ values: ConfigurationValues, connections: Int? = nil, measures: ServerMeasures? = nil,
        tracing: ServerTracing? = nil,
        logger: Logger
    ) async throws -> AgentAssembly {
        let location = try StoreLocation(values)
        let agent = try values.agentConfiguration()
        let model = try ModelOpener.make(
            values, connections: connections, instrument: tracing?.tracer, logger: logger)
        let modelName = try ModelOpener.description(values)

        let observer = tracing?.storeObserver(at: location, beside: measures?.storeObserver) ?? measures?.storeObserver
        let served = try await ServedStore.open(location, values, observer: observer, logger: logger)
        let store = served.store
        logger.info("Store is open", metadata: ["store": "\(location)"])
        do throws(ModelError) {
            try await model.check()
        } catch {
            throw ModelCheckError(model: modelName, error: error)
        }
        logger.info("Model answers", metadata: ["model": "\(modelName)"])
        let regulations = try await Regulations.open(store, at: location, values: values, logger: logger)
        let service = try AgentService(
            store: store, model: model, tools: regulations.tools, configuration: agent, logger: logger,
            metrics: measures?.agent ?? .none, tracer: tracing?.tracer)
        return AgentAssembly(
            store: store, database: served.database, location: location, storeName: "\(location)", model: model,
            modelName: modelName, regulations: regulations, service: service, storeServices: served.services)
    }

    /// What must run while turns are answered.
    func services(stopDeadline: Duration) -> [any Service] {
        storeServices + [AgentRunner(service: service, stopDeadline: stopDeadline)]
    }
}

/// A model that does not answer at start, as a sentence for whoever started the command.
struct ModelCheckError: Error, CustomStringConvertible {
    let model: String
    let error: ModelError

    var description: String { "The model (\(model)) does not answer: \(error.detail)" }
}

/// Runs the agent service until a graceful stop, then lets the turns under way end, for a while.
struct AgentRunner: Service {
    let service: AgentService
    let stopDeadline: Duration

    func run() async throws {
        _ = try await cancelWhenGracefulShutdown { try await service.run() }
        await service.drain(within: stopDeadline)
    }
}
