// Turnledger. SPDX-License-Identifier: Apache-2.0

import Logging
import ServiceLifecycle
import TurnledgerOperations
import TurnledgerStore

/// What a server does beside answering: retention, and backups, each by one server of a store at a time.
enum KeeperServices {
    /// - Parameters:
    ///   - store: As it was opened.
    ///   - values: The configuration.
    ///   - logger: The server's.
    /// - Throws: What the configuration says wrongly, and what the store cannot do of it.
    static func make(
        _ store: any ConversationStore, _ values: ConfigurationValues, logger: Logger
    ) throws -> [any Service] {
        var services: [any Service] = []
        let settings = try RetentionSettings(values)
        if let store = store as? any RetentionKeeper.Store, let sweep = settings.sweep(store) {
            guard sweep.archiver != nil || !sweep.policy.archives else {
                throw CommandFailure(
                    description:
                        "Threads are to be archived at the end of their term, and this store cannot archive; SQLite "
                        + "and PostgreSQL can. Choose another `retention.action`, and other `retention.rules`.")
            }
            logger.info("Retention is on", metadata: ["interval": "\(settings.interval)"])
            services.append(
                KeeperService(
                    RetentionKeeper(
                        store, sweep: sweep, interval: settings.interval, leaseDuration: settings.leaseDuration,
                        holder: Operator.holder, logger: logger
                    ).run))
        }
        let backups = try BackupSettings(values)
        if let interval = backups.interval {
            guard let store = store as? any BackupKeeper.Store else {
                throw CommandFailure(
                    description:
                        "`backup.interval` is set, and this store cannot be dumped; SQLite and PostgreSQL can. Take "
                        + "the key away, and back up what the store stands on by its own means.")
            }
            services.append(
                KeeperService(
                    BackupKeeper(
                        store, folder: BackupFolder(path: backups.folder), keep: backups.keep, interval: interval,
                        scratch: backups.scratch, holder: Operator.holder, logger: logger
                    ).run))
        }
        return services
    }
}

extension RetentionPolicy {
    /// Whether any term of it archives.
    fileprivate var archives: Bool { ([standard] + rules.map(\.term)).contains { $0.action == .archive } }
}

/// Runs a loop until a graceful stop.
struct KeeperService: Service {
    private let loop: @Sendable () async -> Void

    init(_ loop: @escaping @Sendable () async -> Void) { self.loop = loop }

    func run() async throws { await cancelWhenGracefulShutdown { await loop() } }
}
