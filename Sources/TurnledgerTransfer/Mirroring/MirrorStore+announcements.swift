// Turnledger. SPDX-License-Identifier: Apache-2.0

public import TurnledgerStore

extension MirrorStore: RunAnnouncing {
    public func announce(_ runs: Set<RunID>) async throws(StoreError) {
        try await read { (store) async throws(StoreError) in
            try await (store as? any RunAnnouncing)?.announce(runs)
        }
    }

    /// Of both stores, so that a switch needs no other listening: heard when both are heard.
    public var announcements: AsyncStream<RunNews>? {
        guard let left = (first as? any RunAnnouncing)?.announcements,
            let right = (second as? any RunAnnouncing)?.announcements
        else { return nil }
        return AsyncStream { continuation in
            let task = Task {
                await withTaskGroup(of: Void.self) { group in
                    let hearing = Hearing()
                    for (side, stream) in [(MirrorSide.first, left), (.second, right)] {
                        group.addTask {
                            for await news in stream {
                                if let news = await hearing.takes(news, of: side) { continuation.yield(news) }
                            }
                        }
                    }
                }
                continuation.finish()
            }
            continuation.onTermination = { _ in task.cancel() }
        }
    }
}

/// Which stores are heard.
private actor Hearing {
    private var sides: Set<MirrorSide> = []

    /// What is to be said of a store's news; `nil`: nothing.
    func takes(_ news: RunNews, of side: MirrorSide) -> RunNews? {
        switch news {
        case .changed: return news
        case .hearing:
            sides.insert(side)
            return sides.count == 2 ? .hearing : nil
        case .deaf:
            defer { sides.remove(side) }
            return sides.count == 2 ? .deaf : nil
        }
    }
}
