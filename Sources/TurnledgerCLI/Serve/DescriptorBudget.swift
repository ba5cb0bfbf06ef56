// Turnledger. SPDX-License-Identifier: Apache-2.0

internal import Foundation

/// Who may have how many of the descriptors that the process can have.
struct DescriptorBudget: Hashable {
    /// The most connections to a model's endpoint; answers beyond wait for one.
    let upstream: Int
    /// The most connections of clients.
    let clients: Int

    /// For what is opened for a moment, and for clients that are turned away.
    private static let reserve = 112
    private static let mostUpstream = 4096

    /// - Parameters:
    ///   - limit: How many the process can have.
    ///   - open: How many it has before it serves.
    ///   - pool: How many connections to a database it may open later.
    ///   - asksModel: Whether answers need connections to a model.
    init(limit: Int, open: Int, pool: Int, asksModel: Bool, cores: Int = ProcessInfo.processInfo.activeProcessorCount) {
        // Each event loop has three.
        let free = max(0, limit - open - pool - 4 * cores - Self.reserve)
        upstream = asksModel ? max(4, min(Self.mostUpstream, free / 2)) : 0
        clients = max(8, free - upstream)
    }

    /// How many descriptors the process has now.
    static var open: Int {
        (try? FileManager.default.contentsOfDirectory(atPath: "/dev/fd").count) ?? 64
    }
}
