// Turnledger. SPDX-License-Identifier: Apache-2.0

/// The sends of checkpoints of formats before 4, which lie with the writes of the parent, not in a channel.
///
/// A reader gives them as the value of the channel `__pregel_tasks`, at the greatest version of the checkpoint; the
/// format stays what it is. Source: `libs/checkpoint-postgres`, `_migrate_pending_sends`.
package enum LegacySends {
    package static let channel = "__pregel_tasks"
    private static let firstFormatWithout = 4

    /// Whether a checkpoint's sends are those of its parent.
    package static func apply(to checkpoint: Checkpoint) -> Bool {
        checkpoint.format < firstFormatWithout && checkpoint.parent != nil
    }

    /// Puts the parent's sends in place.
    ///
    /// - Parameters:
    ///   - writes: The parent's writes, of whatever channels and in whatever order.
    ///   - checkpoint: One that `apply(to:)` is true for; without sends among the writes it stays as it is.
    /// - Throws: `.undecodable` or `.unsupported` for a send that cannot be read.
    package static func move(_ writes: [PendingWrite], into checkpoint: inout Checkpoint) throws(StoreError) {
        let sends = writes.filter { $0.channel == channel }.sorted(by: PendingWrite.precedes)
        guard !sends.isEmpty else { return }
        var writer = MessagePackWriter()
        writer.writeHeader(array: sends.count)
        for send in sends {
            if send.value.type == "msgpack" {
                writer.bytes.append(contentsOf: send.value.bytes)
            } else {
                writer.write(try send.value.decoded())
            }
        }
        checkpoint.channelValues[channel] = Payload(type: "msgpack", bytes: writer.bytes)
        checkpoint.channelVersions[channel] =
            checkpoint.channelVersions.values.max() ?? ChannelVersion.next(after: nil, fraction: 0)
    }
}
