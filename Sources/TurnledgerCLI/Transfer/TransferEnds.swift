// Turnledger. SPDX-License-Identifier: Apache-2.0

import Foundation
import TurnledgerEncryption
import TurnledgerOperations
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
    let journal: any TransferJournal
    /// Where the target is an archive, which takes files and no changes.
    let archive: ArchiveTarget?

    /// - Parameters:
    ///   - options: From where to where.
    ///   - isForComparison: Whether the target is read and not written.
    /// - Throws: `ConfigurationError`, `StoreOpeningError`, `StoreError`.
    init(_ options: TransferOptions, isForComparison: Bool = false) async throws {
        let values = try ConfigurationValues.load(flags: [:], path: options.config)
        let name = StoreLocation.withoutPassword(options.from)
        guard name != StoreLocation.withoutPassword(options.to) else {
            throw ConfigurationError("--from and --to name the same store.")
        }
        if let folder = Self.archive(options.to) {
            let archive = ArchiveTarget(folder: folder)
            self.archive = archive
            source = try await Self.source(options.from, values)
            target = try await archive.open(isForComparison: isForComparison)
        } else {
            let target = try StoreLocation(options.to, values: values)
            guard target != .memory else {
                throw ConfigurationError("--to memory: would be gone when the command ends. Name a store that stays.")
            }
            archive = nil
            source = try await Self.source(options.from, values)
            self.target = try await StoreOpener.open(target)
            if !isForComparison { try await Self.refusePart(self.target, at: target) }
        }
        journal = try SQLiteTransferJournal(
            path: options.journal, source: name, target: StoreLocation.withoutPassword(options.to))
    }

    func transfer(_ options: TransferOptions) -> Transfer {
        Transfer(
            from: source, to: target, journal: journal, parallelism: options.parallel,
            readsPerSecond: options.readsPerSecond)
    }

    /// A store of a mirror is brought what the other one has, and takes nothing beside it.
    private static func refusePart(_ store: any ConversationStore, at location: StoreLocation) async throws {
        guard let part = store as? any MirrorableStore, let record = try await part.mirrorRecord() else { return }
        throw ConfigurationError(
            "The target \(location) is the \(record.place) of a mirror, and what is "
                + "copied there the other store would lack. Copy before the mirror begins, or end it with `turnledger "
                + "transfer unmirror --both`.")
    }

    /// The folder of `archive:FOLDER`.
    static func archive(_ text: String) -> String? {
        text.hasPrefix("archive:") && text.count > 8 ? String(text.dropFirst(8)) : nil
    }

    private static func source(_ text: String, _ values: ConfigurationValues) async throws -> any TransferSource {
        if let folder = archive(text) {
            guard FileManager.default.fileExists(atPath: folder) else {
                throw ConfigurationError("The source \(text) cannot be read: there is no folder \(folder).")
            }
            return ArchiveSource(ArchiveFolder(path: folder), cipher: try AESEAXCipher.ofEnvironment)
        }
        if text.hasPrefix("redis") {
            #if Redis
                do {
                    let url = text == "redis" ? nil : text
                    let settings = try RedisSettings(values, url: url)
                    if settings.isPlain { return StoreSource(try await StoreOpener.open(.redis(settings))) }
                    let redis = PythonRedisSource(try settings.configuration(), prefix: settings.prefix)
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
