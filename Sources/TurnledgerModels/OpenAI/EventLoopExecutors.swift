// Turnledger. SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOPosix
import Synchronization
import TurnledgerAgent

/// An executor for each event loop that connections to models run on.
final class EventLoopExecutors: Sendable {
    private let all: [(loop: any EventLoop, executor: ForwardingExecutor)]
    private let turn = Atomic(0)

    init(_ group: MultiThreadedEventLoopGroup) {
        all = group.makeIterator().map { loop in (loop, ForwardingExecutor { loop.execute($0) }) }
    }

    /// That of the event loop that the caller runs on, or the next.
    var next: ForwardingExecutor {
        let turn = turn.add(1, ordering: .relaxed).oldValue
        return (all.first { $0.loop.inEventLoop } ?? all[turn % all.count]).executor
    }
}
