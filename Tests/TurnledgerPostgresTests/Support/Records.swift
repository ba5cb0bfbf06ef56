// Turnledger. SPDX-License-Identifier: Apache-2.0

import TurnledgerStore

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
