// Turnledger. SPDX-License-Identifier: Apache-2.0

#if os(Linux)
    internal import CEpoll
    internal import Glibc

    /// `epoll`: the cost of a wait does not grow with the connections.
    final class EpollPoller: Poller {
        private let epoll: Int32
        private let event: Int32
        private var ready = [epoll_event](repeating: epoll_event(), count: 64)
        private static let wakeToken = UInt64.max

        init() {
            epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
            event = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
            precondition(epoll >= 0 && event >= 0, "The process may open no more file descriptors.")
            control(EPOLL_CTL_ADD, event, .read, Self.wakeToken)
        }

        deinit {
            Glibc.close(event)
            Glibc.close(epoll)
        }

        func add(_ descriptor: Int32, for interest: Readiness, token: UInt64) {
            control(EPOLL_CTL_ADD, descriptor, interest, token)
        }

        func change(_ descriptor: Int32, for interest: Readiness, token: UInt64) {
            control(EPOLL_CTL_MOD, descriptor, interest, token)
        }

        func remove(_ descriptor: Int32) {
            control(EPOLL_CTL_DEL, descriptor, [], 0)
        }

        func wait(atMost limit: Duration?, _ report: (UInt64, Readiness) -> Void) {
            let count = epoll_wait(epoll, &ready, Int32(ready.count), Duration.milliseconds(limit))
            guard count > 0 else { return }
            for index in 0..<Int(count) {
                let event = ready[index]
                guard event.data.u64 != Self.wakeToken else {
                    drain()
                    continue
                }
                report(event.data.u64, readiness(of: event.events))
            }
        }

        func wake() {
            var one: UInt64 = 1
            _ = write(event, &one, MemoryLayout<UInt64>.size)
        }

        private func drain() {
            var count: UInt64 = 0
            _ = read(event, &count, MemoryLayout<UInt64>.size)
        }

        private func readiness(of events: UInt32) -> Readiness {
            if events & (EPOLLERR.rawValue | EPOLLHUP.rawValue) != 0 { return [.read, .write] }
            var readiness: Readiness = []
            if events & EPOLLIN.rawValue != 0 { readiness.insert(.read) }
            if events & EPOLLOUT.rawValue != 0 { readiness.insert(.write) }
            return readiness
        }

        private func control(_ operation: Int32, _ descriptor: Int32, _ interest: Readiness, _ token: UInt64) {
            var event = epoll_event()
            if interest.contains(.read) { event.events |= EPOLLIN.rawValue }
            if interest.contains(.write) { event.events |= EPOLLOUT.rawValue }
            event.data.u64 = token
            _ = epoll_ctl(epoll, operation, descriptor, &event)
        }
    }
#endif
