// Turnledger. SPDX-License-Identifier: Apache-2.0

import TurnledgerSQLite
import TurnledgerStore
import TurnledgerTransfer

#if Redis
    import TurnledgerRedis
#endif

/// Both ends of a transfer, opened, and its journal.
struct TransferEnds {
    let source: any TransferSource
    let target: any ConversationStore
    let journal: SQLiteTransferJournal

    /// - Throws: `ConfigurationError`, `StoreOpeningError`, `StoreError`.
    init(_ options: TransferOptions) async throws {
        let values = try ConfigurationValues.load(flags: [:], path: options.config)
        let target = try StoreLocation(options.to, values: values)
        guard target != .memory else {
            throw ConfigurationError("--to memory: would be gone when the command ends. Name a store that stays.")
        }
        let name = StoreLocation.withoutPassword(options.from)
        guard name != StoreLocation.withoutPassword(options.to) else {
            throw ConfigurationError("--from and --to name the same store.")
        }
        source = try await Self.source(options.from, values)
        self.target = try await StoreOpener.open(target)
        journal = try SQLiteTransferJournal(
            path: options.journal, source: name, target: StoreLocation.withoutPassword(options.to))
    }

    private static func source(_ text: String, _ values: ConfigurationValues) async throws -> any TransferSource {
        if text.hasPrefix("redis") {
            #if Redis
                do {
                    let url = text == "redis" ? nil : text
                    let settings = try RedisSettings(values, url: url)
                    if settings.isPlain { return StoreSource(try await StoreOpener.open(.redis(settings))) }
                    let redis = PythonRedisSource(try settings.configuration())
                    try await redis.check()
                    return redis
                } catch let error as StoreError {
                    throw ConfigurationError(
                        "The source \(StoreLocation.withoutPassword(text)) cannot be read: \(error.detail)")
                }
            #else
                throw ConfigurationError("This build has no Redis (package trait Redis).")
            #endif
        }
        return StoreSource(try await StoreOpener.open(try StoreLocation(text, values: values)))
    }
}
