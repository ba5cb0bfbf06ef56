// Turnledger. SPDX-License-Identifier: Apache-2.0

internal import Dispatch
internal import Foundation
package import GRDB
public import TurnledgerStore

/// Keeps conversations in one SQLite file.
///
/// The file is in WAL mode: other processes may read it at any time, and write it in turn. A call that returned has
/// reached the disk (`synchronous = FULL`). Beside the file lie SQLite's own `-wal` and `-shm` files and `-holders`,
/// in which each process that opened the store locks a byte for as long as it lives (see `holder`).
///
/// Cancelling the Swift task that waits for a call does not stop the call: what was begun is committed or rolled back
/// as a whole, and a run that was told to stop can still store how it ended.
public final class SQLiteStore: Sendable {
    /// The file.
    public let path: String
    /// This store's name as a holder of leases: while its process lives, every store on the same file can tell.
    public var holder: String { holderLock.holder }

    package let writer: DatabasePool
    let holderLock: HolderLock
    let cipher: (any PayloadCipher)?
    private let observer: (any StoreObserver)?

    /// Opens the file, and makes it and its folder where they do not exist. `setUp()` makes the tables.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - configuration: How it is opened.
    ///   - cipher: Seals blobs and writes on their way in and opens them on their way out. Without one what is sealed is
    ///     handed on as it is.
    ///   - observer: Is told of every transaction, by the name of the call that makes it.
    /// - Throws: `.unavailable` where the file cannot be opened or another process holds it, `.undecodable` where it is
    ///   no SQLite database or is damaged.
    public init(
        path: String, configuration: Configuration = Configuration(), cipher: (any PayloadCipher)? = nil,
        observer: (any StoreObserver)? = nil
    ) throws(StoreError) {
        self.path = path
        self.cipher = cipher
        self.observer = observer
        do {
            try Self.makeFolder(of: path)
            writer = try DatabasePool(path: path, configuration: configuration.grdb)
            // GRDB sets NORMAL when it turns WAL mode on; a commit that was acknowledged must survive a power cut.
            try writer.writeWithoutTransaction { database in try database.execute(sql: SchemaStatements.durable) }
            holderLock = try HolderLock(path: path + "-holders")
        } catch {
            throw StoreError(sqlite: error, file: path)
        }
    }

    /// Closes the file once calls under way have ended. Later calls throw `.closed`.
    public func close() throws(StoreError) {
        do { try writer.close() } catch { throw StoreError(sqlite: error, file: path) }
        holderLock.release()
    }

    /// Reads in one snapshot of the database.
    package func read<Value: Sendable>(
        call: String = #function, _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(StoreError) -> Value {
        try await observed(call) { () async throws(StoreError) in
            let result: Result<Value, any Error> = await withCheckedContinuation { continuation in
                writer.asyncRead { database in
                    continuation.resume(returning: Result { try body(try database.get()) })
                }
            }
            do { return try result.get() } catch { throw StoreError(sqlite: error, file: path) }
        }
    }

    /// Writes in one transaction that has the write lock from its start: what the body read is still true when it
    /// writes. Whatever the body throws rolls all of it back.
    package func write<Value: Sendable>(
        call: String = #function, _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(StoreError) -> Value {
        let mirrorGuard = MirrorGuard.current
        return try await observed(call) { () async throws(StoreError) in
            let result: Result<Value, any Error> = await withCheckedContinuation { continuation in
                writer.asyncWriteWithoutTransaction { database in
                    continuation.resume(
                        returning: Result {
                            var value: Value?
                            try database.inTransaction(.immediate) {
                                if let mirrorGuard { try database.obey(mirrorGuard) }
                                value = try body(database)
                                return .commit
                            }
                            guard let value else { throw StoreError(.unavailable, "The transaction did not run.") }
                            return value
                        })
                }
            }
            do { return try result.get() } catch { throw StoreError(sqlite: error, file: path) }
        }
    }

    private func observed<Value>(
        _ call: String, _ body: () async throws(StoreError) -> Value
    ) async throws(StoreError) -> Value {
        guard let observer else { return try await body() }
        return try await observer.observe(Self.label(of: call), body)
    }

    /// `latest(in:namespace:)` as `latest`, `unfinishedRuns(in:)` as `unfinished_runs`.
    private static func label(of call: String) -> String {
        var label = ""
        for character in call.prefix(while: { $0 != "(" }) {
            label += character.isUppercase ? "_" + character.lowercased() : String(character)
        }
        return label
    }

    private static func makeFolder(of path: String) throws(StoreError) {
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        } catch {
            throw StoreError(
                .unavailable,
                "The folder \(folder.path) cannot be made. Make it yourself, or name a file in a folder that you may write.",
                underlying: error)
        }
    }
}
