// Turnledger. SPDX-License-Identifier: Apache-2.0

import Foundation
import TurnledgerSQLite
import TurnledgerStore

/// A folder of one test's own, removed with the last reference to it.
final class TemporaryFolder: Sendable {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appending(path: "turnledger-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    /// The path of a file in the folder.
    func path(_ name: String = "store.sqlite") -> String { url.appending(path: name).path }

    /// Opens a store in the folder and sets it up.
    func store(
        _ name: String = "store.sqlite", _ configuration: SQLiteStore.Configuration = .init()
    ) async throws -> SQLiteStore {
        let store = try SQLiteStore(path: path(name), configuration: configuration)
        try await store.setUp()
        return store
    }
}

extension Checkpoint {
    /// A checkpoint with one large value.
    init(_ thread: ThreadID, _ id: String, parent: String? = nil, value: PayloadValue = ["a"]) {
        let version = ChannelVersion(id)
        self.init(
            thread: thread, id: CheckpointID(id), parent: parent.map { CheckpointID($0) }, timestamp: "",
            channelValues: ["messages": Payload(value)], channelVersions: ["messages": version],
            metadata: CheckpointMetadata(source: .loop, step: 0))
    }

    var new: Commit.NewCheckpoint { .init(self, newVersions: channelVersions) }
}

extension NewRun {
    init(_ thread: ThreadID, id: String, owner: String = "owner", holder: String = "holder", at time: Int64 = 1) {
        self.init(
            id: RunID(id), thread: thread, owner: owner, input: [], holder: holder,
            createdAt: Timestamp(microseconds: time))
    }
}
