// Turnledger. SPDX-License-Identifier: Apache-2.0

import Logging
import TurnledgerAgent
import TurnledgerStore
import TurnledgerTesting

@testable import TurnledgerTransfer

/// A server on a database that others share, with a spool of its own and a model that plays a script.
struct SpoolingServer {
    let database: OutageStore
    let spool: any SpoolStore
    let store: SpoolingStore<OutageStore>
    let service: AgentService

    init(
        _ base: InMemoryStore, spool: any SpoolStore = InMemoryStore(), _ answers: [ScriptedModel.Answer],
        storage: ThreadStorage = ThreadStorage(), tools: [any Tool] = []
    ) throws {
        database = OutageStore(base)
        self.spool = spool
        var settings = SpoolingSettings()
        // A test decides when the database is looked for: no call is slow here by itself.
        settings.watch.patience = .milliseconds(50)
        settings.watch.interval = .milliseconds(5)
        settings.watch.probeInterval = .milliseconds(5)
        settings.watch.probeDeadline = .milliseconds(200)
        settings.watch.circuit.calm = .milliseconds(20)
        settings.mergeInterval = .milliseconds(5)
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let database = database
        store = SpoolingStore(
            database, spool: spool, settings: settings, channels: [MessageMerging.channel: .messages],
            isOutage: OutageStore.isOutage,
            probe: { () async throws(StoreError) in try await database.probe() }, logger: logger)
        service = try AgentService(
            store: store, model: ScriptedModel(answers), tools: tools,
            configuration: AgentConfiguration(storage: storage), logger: logger)
    }

    /// Says something and waits for the end of the answer; returns its text.
    @discardableResult
    func say(_ text: String, id: String, in thread: ThreadID = "t", owner: String = "o") async throws -> String {
        var answer = ""
        for try await batch in try await service.begin(
            Turn(thread: thread, owner: owner, message: .human(text, id: id)))
        {
            for case .textDelta(_, let delta) in batch { answer += delta }
        }
        return answer
    }

    /// Lets the store look after its database while the body goes on.
    func running<Value: Sendable>(_ body: () async throws -> Value) async throws -> Value {
        let task = Task { [store] in await store.run() }
        defer { task.cancel() }
        return try await body()
    }

    /// Waits until the store is in a state.
    func until(_ state: StoreCondition.State) async throws {
        while store.condition.state != state { try await Task.sleep(for: .milliseconds(2)) }
    }
}

extension MergeableChannel {
    static let messages = MergeableChannel(
        changes: { (base, new) throws(StoreError) in MessageMerging.changes(from: base, to: new) },
        missing: { (write, base, value) throws(StoreError) in
            try MessageMerging.missing(of: write, from: base, in: value)
        },
        reducer: MessageMerging.reducer)
}

extension AgentService {
    /// What was said in a thread, as texts.
    func texts(in thread: ThreadID = "t") async throws -> [String] { try await messages(of: thread).map(\.text) }
}

/// A service that reads what a database holds.
func reader(of base: InMemoryStore) throws -> AgentService {
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    return try AgentService(store: base, model: ScriptedModel([]), tools: [], logger: logger)
}
