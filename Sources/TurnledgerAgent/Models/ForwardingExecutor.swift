// Turnledger. SPDX-License-Identifier: Apache-2.0

/// Runs Swift tasks where somebody else's work runs, such as on the OS thread of an event loop: what reads and writes
/// connections there takes each part of an answer without a change of threads. What runs there must be short.
package final class ForwardingExecutor: TaskExecutor {
    private let forward: @Sendable (@escaping @Sendable () -> Void) -> Void

    /// - Parameter forward: Has its work done later, once, on one thread or another.
    package init(_ forward: @escaping @Sendable (@escaping @Sendable () -> Void) -> Void) { self.forward = forward }

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        forward { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
