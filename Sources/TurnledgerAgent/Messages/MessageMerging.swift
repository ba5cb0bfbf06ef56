// Turnledger. SPDX-License-Identifier: Apache-2.0

public import TurnledgerStore

/// How the `messages` channel is put together that two servers have changed, each on its own: by message ID.
public enum MessageMerging {
    /// The channel.
    public static let channel = MessageList.channel

    /// The write that makes a list of an earlier one: removals, then what is new or was changed, in order; `nil`: they are
    /// equal.
    public static func changes(from base: PayloadValue?, to new: PayloadValue?) -> PayloadValue? {
        let (old, now) = (entries(of: base), entries(of: new))
        let known = byID(old)
        let kept = Set(now.map(\.id))
        let removals = old.filter { !kept.contains($0.id) }.map { Message.removal(of: $0.id).payload }
        let written = now.filter { known[$0.id] != $0.value }.map(\.value)
        let write = removals + written
        return write.isEmpty ? nil : .array(write)
    }

    /// What of such a write a list lacks that has grown from the same base on its own; `nil`: it has all of it.
    ///
    /// - Throws: `.conflict` where it has another message under an ID that was written, or has changed one that was
    ///   changed.
    public static func missing(
        of write: PayloadValue, from base: PayloadValue?, in value: PayloadValue?
    ) throws(StoreError) -> PayloadValue? {
        let (old, there) = (byID(entries(of: base)), byID(entries(of: value)))
        var missing: [PayloadValue] = []
        for node in write.array ?? [] {
            guard let message = Message(node), let id = message.id else { continue }
            if message.role == .removal {
                guard let present = there[id] else { continue }
                guard present == old[id] else { throw Self.conflict }
                missing.append(node)
                continue
            }
            if there[id] == node { continue }
            guard there[id] == old[id] else { throw Self.conflict }
            missing.append(node)
        }
        return missing.isEmpty ? nil : .array(missing)
    }

    /// The channel's reducer.
    public static let reducer: DeltaReducer = MessageList.replay

    private static let conflict = StoreError(.conflict, "Two servers have written one message.")

    private static func entries(of list: PayloadValue?) -> [(id: String, value: PayloadValue)] {
        (list?.array ?? []).compactMap { node in Message(node)?.id.map { ($0, node) } }
    }

    private static func byID(_ entries: [(id: String, value: PayloadValue)]) -> [String: PayloadValue] {
        Dictionary(entries.map { ($0.id, $0.value) }, uniquingKeysWith: { _, last in last })
    }
}
