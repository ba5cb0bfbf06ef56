// Turnledger. SPDX-License-Identifier: Apache-2.0

internal import Synchronization

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// How an executor waits for its connections.
package enum Waiting: Sendable {
    #if os(Linux)
        case epoll
    #endif
    case poll

    package static var standard: Waiting {
        #if os(Linux)
            .epoll
        #else
            .poll
        #endif
    }

    func makePoller() -> any Poller {
        switch self {
        #if os(Linux)
            case .epoll: EpollPoller()
        #endif
        case .poll: PollPoller()
        }
    }
}

/// One OS thread that waits for a group of connections and does everything that touches them.
///
/// It is a task executor too: a task that prefers it calls the client without changing threads.
///
/// - Warning: Everything but the inbox belongs to the executor's own OS thread.
final class PostgresExecutor: TaskExecutor, @unchecked Sendable {
    private struct Inbox {
        var jobs: [UnownedJob] = []
        var work: [@Sendable () -> Void] = []
        var isAsleep = false
        var isStopped = false

        /// Whether the OS thread sleeps and nobody has woken it yet.
        mutating func wakes() -> Bool {
            defer { isAsleep = false }
            return isAsleep
        }
    }

    private let inbox = Mutex(Inbox())
    private let poller: any Poller
    private var handlers: [UInt64: (Readiness) -> Void] = [:]
    private var tokens: [Int32: UInt64] = [:]
    private var nextToken: UInt64 = 0

    /// When to call `onAlarm`.
    var alarm: ContinuousClock.Instant?
    var onAlarm: (() -> Void)?

    private static let current: pthread_key_t = {
        var key = pthread_key_t()
        pthread_key_create(&key, nil)
        return key
    }()

    init(waiting: Waiting) {
        poller = waiting.makePoller()
    }

    /// The executor lives until `stop`, whoever else lets it go.
    func start() {
        precondition(OSThread.detach { self.loop() }, "The process may start no more OS threads.")
    }

    var isCurrent: Bool {
        let current: UnsafeMutableRawPointer? = pthread_getspecific(Self.current)
        return current == Unmanaged.passUnretained(self).toOpaque()
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let (isStopped, mustWake) = inbox.withLock { inbox in
            guard !inbox.isStopped else { return (true, false) }
            inbox.jobs.append(job)
            return (false, inbox.wakes())
        }
        if isStopped { globalConcurrentExecutor.enqueue(job) }
        if mustWake { poller.wake() }
    }

    /// Runs work on the executor's OS thread: now if this is it, soon if not.
    /// - Returns: `false` after `stop`; the work is not run then.
    @discardableResult func run(_ work: @escaping @Sendable () -> Void) -> Bool {
        if isCurrent {
            work()
            return true
        }
        let (isTaken, mustWake) = inbox.withLock { inbox in
            guard !inbox.isStopped else { return (false, false) }
            inbox.work.append(work)
            return (true, inbox.wakes())
        }
        if mustWake { poller.wake() }
        return isTaken
    }

    /// Ends the OS thread once it has run what was given to it before.
    func stop() {
        let mustWake = inbox.withLock { inbox in
            inbox.isStopped = true
            return inbox.wakes()
        }
        if mustWake { poller.wake() }
    }

    // MARK: - On the executor's own OS thread

    func watch(_ descriptor: Int32, for interest: Readiness, _ handler: @escaping (Readiness) -> Void) {
        nextToken += 1
        tokens[descriptor] = nextToken
        handlers[nextToken] = handler
        poller.add(descriptor, for: interest, token: nextToken)
    }

    func rewatch(_ descriptor: Int32, for interest: Readiness) {
        guard let token = tokens[descriptor] else { return }
        poller.change(descriptor, for: interest, token: token)
    }

    func forget(_ descriptor: Int32) {
        guard let token = tokens.removeValue(forKey: descriptor) else { return }
        handlers[token] = nil
        poller.remove(descriptor)
    }

    private func loop() {
        pthread_setspecific(Self.current, UnsafeRawPointer(Unmanaged.passUnretained(self).toOpaque()))
        while true {
            let inbox = takeInbox()
            for work in inbox.work { work() }
            for job in inbox.jobs { job.runSynchronously(on: asUnownedTaskExecutor()) }
            if let alarm, alarm <= .now {
                self.alarm = nil
                onAlarm?()
            }
            if inbox.isStopped { break }
            poller.wait(atMost: sleep()) { token, readiness in handlers[token]?(readiness) }
        }
        onAlarm = nil
        handlers = [:]
        pthread_setspecific(Self.current, nil)
    }

    private func takeInbox() -> Inbox {
        inbox.withLock { inbox in
            let taken = inbox
            inbox.jobs = []
            inbox.work = []
            inbox.isAsleep = false
            return taken
        }
    }

    /// How long the next wait may take: not at all where something came in meanwhile.
    private func sleep() -> Duration? {
        let isIdle = inbox.withLock { inbox in
            inbox.isAsleep = inbox.jobs.isEmpty && inbox.work.isEmpty && !inbox.isStopped
            return inbox.isAsleep
        }
        guard isIdle else { return .zero }
        return alarm.map { max(.zero, ContinuousClock.now.duration(to: $0)) }
    }
}
