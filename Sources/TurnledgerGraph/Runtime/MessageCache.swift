// Turnledger. SPDX-License-Identifier: Apache-2.0

import Synchronization
public import TurnledgerStore

/// Keeps the lists of messages at the newest checkpoints of threads, decoded and with an index.
///
/// Whoever takes a thread's next turn in the same process takes them from here: a plain list is not decoded once more,
/// and one that only the writes of its history tell is not even read. A list is found under its checkpoint's ID and its
/// channel's version alone, which no other state ever has; a thread that somebody else wrote to has another head, and is
/// read from the store.
public final class MessageCache: Sendable {
    private struct Entry {
        let lists: [String: IndexedMessages]
        let id: CheckpointID
        let bytes: Int
    }

    private struct Place: Hashable {
        let thread: ThreadID
        let namespace: Namespace
    }

    /// Two halves: when the young one is full it becomes the old one, and what was old and not used since is let go.
    private struct Halves {
        var young: [Place: Entry] = [:]
        var old: [Place: Entry] = [:]
        var youngBytes = 0
    }

    private let bytes: Int
    private let halves = Mutex(Halves())

    /// - Parameter bytes: How much is kept: the messages as they are stored.
    public init(bytes: Int = 64 << 20) { self.bytes = bytes }

    /// Lets go of a thread.
    public func forget(_ thread: ThreadID) {
        halves.withLock { halves in
            halves.young = halves.young.filter { $0.key.thread != thread }
            halves.old = halves.old.filter { $0.key.thread != thread }
            halves.youngBytes = halves.young.values.reduce(0) { $0 + $1.bytes }
        }
    }

    /// Hands the lists of a thread over: who has them alone changes them in their place.
    func take(at checkpoint: CheckpointReference) -> [String: IndexedMessages]? {
        let place = Place(thread: checkpoint.thread, namespace: checkpoint.namespace)
        return halves.withLock { halves in
            guard let entry = halves.young[place] ?? halves.old[place], entry.id == checkpoint.id else { return nil }
            halves.old[place] = nil
            halves.youngBytes -= halves.young.removeValue(forKey: place)?.bytes ?? 0
            return entry.lists
        }
    }

    func keep(_ lists: [String: IndexedMessages], at checkpoint: CheckpointReference) {
        let place = Place(thread: checkpoint.thread, namespace: checkpoint.namespace)
        let size = lists.values.reduce(0) { $0 + Self.bytes(of: $1.list) }
        halves.withLock { halves in
            halves.old[place] = nil
            halves.youngBytes -= halves.young.removeValue(forKey: place)?.bytes ?? 0
            guard size <= bytes / 2 else { return }
            if halves.youngBytes + size > bytes / 2 {
                halves.old = halves.young
                halves.young = [:]
                halves.youngBytes = 0
            }
            halves.young[place] = Entry(lists: lists, id: checkpoint.id, bytes: size)
            halves.youngBytes += size
        }
    }

    private static func bytes(of list: [PayloadValue]) -> Int {
        // What an entry costs beside its bytes is about this much.
        list.reduce(64) { $0 + 96 + ($1.ext?.bytes.count ?? 0) }
    }
}
