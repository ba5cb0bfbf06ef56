// Turnledger. SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOPosix
import Synchronization

/// Runs Swift tasks on the OS thread of an event loop: what reads a connection there takes each part of an answer without a
/// change of threads. What runs there must be short.
final class EventLoopExecutor: TaskExecutor {
    private let loop: any EventLoop

    fileprivate init(_ loop: any EventLoop) { self.loop = loop }

    fileprivate var isCurrent: Bool { loop.inEventLoop }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        loop.execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}

/// An executor for each event loop that connections to models run on.
final class EventLoopExecutors: Sendable {
    private let all: [EventLoopExecutor]
    private let turn = Atomic(0)

    init(_ group: MultiThreadedEventLoopGroup) { all = group.makeIterator().map { EventLoopExecutor($0) } }

    /// That of the event loop that the caller runs on, or the next.
    var next: EventLoopExecutor {
        if let current = all.first(where: \.isCurrent) { return current }
        return all[turn.add(1, ordering: .relaxed).newValue % all.count]
    }
}
