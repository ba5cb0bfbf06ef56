// Turnledger. SPDX-License-Identifier: Apache-2.0

import Foundation
import Logging
import TurnledgerStore

/// Room on the spool's disk that is set aside until spooled turns are merged.
///
/// To remove what is merged SQLite writes into its log first, and an answer that was under way when the disk became full is
/// still to be written: without any room a full spool would stay full for ever. Turns of an outage do not get the room: it is
/// given up once the database is back, and set aside again when all is merged. A process that starts on a full disk lends
/// itself the room: to open a spool SQLite writes too.
struct SpoolReserve: Sendable {
    let path: String
    let bytes: Int
    private let free: @Sendable (_ folder: String) -> Int
    private let logger: Logger

    /// SQLite's log may come to 4 MiB before the file, which then grows as much, takes it in.
    static let standardBytes = 8 << 20
    private static let interval = Duration.milliseconds(500)
    private static let retryInterval = Duration.seconds(60)

    /// - Parameter free: How many bytes are free on a folder's disk.
    init(
        besideSpool spool: String, bytes: Int = standardBytes, logger: Logger,
        free: @escaping @Sendable (_ folder: String) -> Int = SpoolReserve.free(in:)
    ) {
        path = spool + ".reserve"
        self.bytes = bytes
        self.logger = logger
        self.free = free
    }

    /// Whether the room is set aside, or most of it.
    var isSetAside: Bool { (size(of: path) ?? 0) >= bytes / 2 }

    /// Takes the room, where as much again stays free.
    func setAside() -> Bool {
        if isSetAside { return true }
        giveUp()
        guard freeBytes >= 2 * bytes, take(bytes) else {
            logger.warning("No room is set aside for a full spool", metadata: ["path": "\(path)", "bytes": "\(bytes)"])
            return false
        }
        return true
    }

    /// Gives the room up where the disk is full, so that the spool can be opened; `takeBack` follows.
    ///
    /// - Returns: Whether it was given up.
    func lend() -> Bool {
        guard isSetAside, freeBytes < bytes else { return false }
        giveUp()
        logger.notice("The room set aside for a full spool is lent to open it", metadata: ["path": "\(path)"])
        return true
    }

    /// Takes back what is left of the room that was lent.
    func takeBack() {
        let left = min(bytes, freeBytes / 8 * 7)
        if left >= bytes / 2, take(left) { return }
        _ = setAside()
    }

    /// Keeps the room for a spool's merge, until cancelled.
    ///
    /// - Parameter shrink: Gives the disk what the empty spool does not use.
    func keep(for store: any DegradableStore, shrink: () async throws(StoreError) -> Void) async {
        var triedAt: ContinuousClock.Instant?
        while !Task.isCancelled {
            let state = store.condition.state
            if state == .merging { triedAt = nil }
            if triedAt.map({ .now - $0 >= Self.retryInterval }) ?? true, await look(at: state, shrink: shrink) {
                triedAt = .now
            }
            try? await Task.sleep(for: Self.interval)
        }
    }

    /// Does what a state asks for. Returns whether it has tried to set the room aside.
    func look(at state: StoreCondition.State, shrink: () async throws(StoreError) -> Void) async -> Bool {
        switch state {
        case .degraded: break
        case .merging:
            guard isSetAside, freeBytes < bytes else { break }
            giveUp()
            logger.notice("The room set aside for a full spool is used", metadata: ["path": "\(path)"])
        case .connected:
            guard !isSetAside else { break }
            try? await shrink()
            _ = setAside()
            return true
        }
        return false
    }

    private func take(_ bytes: Int) -> Bool {
        if (try? Data(count: bytes).write(to: URL(fileURLWithPath: path))) != nil { return true }
        giveUp()
        return false
    }

    private func giveUp() { try? FileManager.default.removeItem(atPath: path) }

    private func size(of path: String) -> Int? {
        (try? FileManager.default.attributesOfItem(atPath: path)[.size] as? NSNumber)?.intValue
    }

    private var freeBytes: Int { free(URL(fileURLWithPath: path).deletingLastPathComponent().path) }

    static func free(in folder: String) -> Int {
        let values = try? FileManager.default.attributesOfFileSystem(forPath: folder)
        return (values?[.systemFreeSize] as? NSNumber)?.intValue ?? 0
    }
}
