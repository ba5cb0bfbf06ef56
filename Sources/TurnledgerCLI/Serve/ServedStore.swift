// Turnledger. SPDX-License-Identifier: Apache-2.0

import Logging
import ServiceLifecycle
import TurnledgerAgent
import TurnledgerEncryption
import TurnledgerSQLite
import TurnledgerStore
import TurnledgerTransfer

#if PostgreSQL
    import TurnledgerPostgres
#endif

/// The store that a server answers from, and what must run for it.
struct ServedStore: Sendable {
    let store: any ConversationStore
    /// What it stands on: the store itself, or the database that a spool stands in for.
    let database: any ConversationStore
    var services: [any Service] = []

    /// Opens the store that the configuration asks for; a PostgreSQL one goes on in a spool while the database is away,
    /// unless the configuration says otherwise.
    ///
    /// - Throws: An error whose description is one clear sentence.
    static func open(
        _ location: StoreLocation, _ values: ConfigurationValues, observer: (any StoreObserver)? = nil, logger: Logger
    ) async throws -> ServedStore {
        #if PostgreSQL
            if case .postgresql(let settings) = location, let fallback = try FallbackSettings(values, settings) {
                do {
                    let path = try fallback.path.map { path throws(StoreError) in try SpoolFile.claim(path).path }
                    let reserve = path.map { SpoolReserve(besideSpool: $0, logger: logger) }
                    let isLent = reserve?.lend() ?? false
                    let (store, file) = try fallback.store(settings, spool: path, observer: observer, logger: logger)
                    var services = [KeeperService(store.run)]
                    if let file, let reserve {
                        services.append(
                            KeeperService {
                                await reserve.keep(for: store) { () async throws(StoreError) in
                                    try await file.reclaimSpace()
                                }
                            })
                    }
                    try await store.setUp()
                    if isLent { reserve?.takeBack() } else { _ = reserve?.setAside() }
                    do {
                        if store.condition.state != .degraded { try await refusePart(store.primary, at: location) }
                    } catch let error as StoreError where error.code == .unavailable {
                        // It may go away at any moment of a start.
                    }
                    return ServedStore(store: store, database: store.primary, services: services)
                } catch let error as StoreError {
                    throw StoreOpeningError(location: location, error: error)
                }
            }
        #endif
        let store = try await StoreOpener.open(location, observer: observer, logger: logger)
        if let mirror = store as? MirrorStore {
            return ServedStore(store: store, database: store, services: [KeeperService(mirror.run)])
        }
        try await readable { try await refusePart(store, at: location) }
        return ServedStore(store: store, database: store)
    }

    /// Refuses to serve one store of a mirror by itself: it would write what the other one is never brought, or what the
    /// other one decides.
    private static func refusePart(_ store: any ConversationStore, at location: StoreLocation) async throws {
        guard let part = store as? any MirrorableStore else { return }
        guard let record = try await part.mirrorRecord() else { return }
        let cure =
            record.role == .secondary
            ? "Another one has the conversations: serve that one, or the pair (`store: {mirror: …}`)."
            : "Serve the pair (`store: {mirror: …}`), or end the mirror with `turnledger transfer unmirror` first."
        throw ConfigurationError("The store \(location) is the \(record.place) of a mirror. \(cure)")
    }
}

#if PostgreSQL
    /// What a server does while PostgreSQL is away: `postgresql.fallback` and the keys beside it.
    struct FallbackSettings: Hashable, Sendable {
        /// The spool's file; `nil`: memory.
        var path: String?
        /// Whether the file goes with the machine.
        var isEphemeral: Bool
        var isReadyWhileDegraded: Bool
        var cacheMegabytes: Int

        /// - Returns: `nil` where the fallback is off.
        init?(_ values: ConfigurationValues, _ settings: PostgresSettings) throws(ConfigurationError) {
            switch try values.text("postgresql.fallback") {
            case "spool": path = try values.text("postgresql.spool") ?? "data/\(settings.fileName)-spool.sqlite"
            case "memory": path = nil
            case "off": return nil
            default: throw values.wrongType("postgresql.fallback", "must be `spool`, `memory` or `off`")
            }
            isEphemeral = try values.boolean("postgresql.spool_is_ephemeral")
            isReadyWhileDegraded = try values.boolean("postgresql.ready_while_degraded")
            cacheMegabytes = try values.integer("postgresql.known_threads_mb", in: 1...100_000)
        }

        /// The store with its fallback, and the spool where it is a file.
        ///
        /// - Parameters:
        ///   - settings: The database.
        ///   - path: The spool's file, which this process has claimed; `nil`: memory.
        ///   - observer: Is told of every statement.
        ///   - logger: The server's.
        func store(
            _ settings: PostgresSettings, spool path: String?, observer: (any StoreObserver)?, logger: Logger
        ) throws -> (SpoolingStore<PostgresStore>, file: SQLiteStore?) {
            let primary = try settings.makeStore(observer: observer)
            let probing = try settings.forProbes.makeStore()
            var spoolFile: SQLiteStore?
            if let path {
                spoolFile = try SQLiteStore(path: path, cipher: AESEAXCipher.ofEnvironment)
                logger.info("Spool is ready", metadata: ["path": "\(path)", "ephemeral": "\(isEphemeral)"])
            }
            let store = SpoolingStore(
                primary, spool: spoolFile ?? InMemoryStore(),
                settings: SpoolingSettings(
                    durability: path == nil || isEphemeral ? .memory : .spooled,
                    isReadyWhileDegraded: isReadyWhileDegraded, cacheBytes: cacheMegabytes << 20),
                channels: [MessageMerging.channel: .messages], isOutage: PostgresStore.isOutage,
                probe: { () async throws(StoreError) in try await probing.requireWritable() }, logger: logger)
            return (store, spoolFile)
        }
    }

    extension PostgresSettings {
        /// A connection beside those of calls, that answers soon or not at all.
        fileprivate var forProbes: PostgresSettings {
            var settings = self
            (settings.minimumConnections, settings.maximumConnections) = (0, 2)
            settings.connectDeadline = .seconds(2)
            settings.statementDeadline = .seconds(2)
            settings.waitingDeadline = .seconds(2)
            return settings
        }
    }
#endif

extension MergeableChannel {
    /// The channel of an agent's messages: put together by message ID.
    static let messages = MergeableChannel(
        changes: { (base, new) throws(StoreError) in MessageMerging.changes(from: base, to: new) },
        missing: { (write, base, value) throws(StoreError) in
            try MessageMerging.missing(of: write, from: base, in: value)
        },
        reducer: MessageMerging.reducer)
}
