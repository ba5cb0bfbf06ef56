// Turnledger. SPDX-License-Identifier: Apache-2.0

public import Logging
public import TurnledgerStore

/// Takes and verifies a backup again and again, one server at a time: the chore `backup`.
///
/// The chore's note says how the last one went: `{"file", "createdAt", "bytes", "threads", "checkpoints", "sound",
/// "faults"}`, or `{"failure"}`.
public struct BackupKeeper: Sendable {
    /// What a keeper needs of a store.
    public typealias Store = BackupStore & ChoreStore

    /// The name of the chore.
    public static let chore = "backup"

    private let store: any Store
    private let folder: BackupFolder
    private let keep: Int
    private let interval: Duration
    private let scratch: String?
    private let holder: String
    private let clock: any WallClock
    private let logger: Logger

    public init(
        _ store: any Store, folder: BackupFolder, keep: Int, interval: Duration, scratch: String? = nil,
        holder: String, clock: any WallClock = SystemWallClock(), logger: Logger
    ) {
        self.store = store
        self.folder = folder
        self.keep = keep
        self.interval = interval
        self.scratch = scratch
        self.holder = holder
        self.clock = clock
        self.logger = logger
    }

    /// Works until it is cancelled.
    public func run() async {
        while !Task.isCancelled {
            do {
                if try await isDue() { try await takeOnce() }
            } catch {
                logger.warning("A backup failed", metadata: ["cause": "\(error)"])
            }
            try? await Task.sleep(for: min(interval, .seconds(60)))
        }
    }

    /// Takes and verifies one, where nobody else does. - Returns: The verdict; `nil`: another does it.
    ///
    /// A server that died within a backup is taken for alive for as long as one interval.
    @discardableResult
    public func takeOnce() async throws -> BackupFolder.Verdict? {
        let observed = try await store.chore(Self.chore)
        let isOld = observed.map { $0.updatedAt + interval <= clock.now() } ?? false
        guard
            let lease = try await store.takeChore(
                Self.chore, holder: holder, observed: isOld ? observed : nil, duration: interval, at: clock.now())
        else { return nil }
        do {
            let backup = try await folder.take(of: store, keeping: keep)
            let verdict = try await folder.verifyNewest(with: store, scratch: scratch)
            var note = verdict.json.object ?? [:]
            note["bytes"] = .integer(Int64(backup.bytes))
            try await store.finishChore(lease, note: JSONValue.object(note).text, at: clock.now())
            let facts: Logger.Metadata = ["file": "\(backup.file)", "faults": "\(verdict.faults.count)"]
            if verdict.isSound {
                logger.info("A backup is taken and sound", metadata: facts)
            } else {
                logger.error("A backup is not sound", metadata: facts)
            }
            return verdict
        } catch {
            let note: JSONValue = ["failure": .string("\(error)")]
            try? await store.finishChore(lease, note: note.text, at: clock.now())
            throw error
        }
    }

    private func isDue() async throws -> Bool {
        guard let chore = try await store.chore(Self.chore) else { return true }
        return chore.updatedAt + interval <= clock.now()
    }
}
