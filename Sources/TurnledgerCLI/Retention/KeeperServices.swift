// Turnledger. SPDX-License-Identifier: Apache-2.0

import Logging
import ServiceLifecycle
import TurnledgerOperations
import TurnledgerStore

/// What a server does beside answering: retention, and backups, each by one server of a store at a time.
enum KeeperServices {
    /// - Parameter store: As it was opened.
    static func make(
        _ store: any ConversationStore, _ values: ConfigurationValues, logger: Logger
    ) throws -> [any Service] {
        var services: [any Service] = []
        let settings = try RetentionSettings(values)
        if let store = store as? any RetentionKeeper.Store, let sweep = settings.sweep(store) {
            logger.info("Retention is on", metadata: ["interval": "\(settings.interval)"])
            services.append(
                KeeperService(
                    RetentionKeeper(
                        store, sweep: sweep, interval: settings.interval, holder: Operator.holder, logger: logger
                    ).run))
        }
        let backups = try BackupSettings(values)
        if let interval = backups.interval, let store = store as? any BackupKeeper.Store {
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

/// Runs a loop until a graceful stop.
struct KeeperService: Service {
    private let loop: @Sendable () async -> Void

    init(_ loop: @escaping @Sendable () async -> Void) { self.loop = loop }

    func run() async throws { await cancelWhenGracefulShutdown { await loop() } }
}
