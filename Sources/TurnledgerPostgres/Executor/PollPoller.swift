// Turnledger. SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// `poll`: on every system, with a cost that grows with the connections.
final class PollPoller: Poller {
    /// The first is the pipe that wakes.
    private var descriptors: [pollfd]
    private var tokens: [UInt64] = [.max]
    private let wakeEnd: Int32

    init() {
        var ends: [Int32] = [-1, -1]
        precondition(pipe(&ends) == 0, "The process may open no more file descriptors.")
        for end in ends {
            _ = fcntl(end, F_SETFL, fcntl(end, F_GETFL) | O_NONBLOCK)
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
        }
        descriptors = [pollfd(fd: ends[0], events: Int16(POLLIN), revents: 0)]
        wakeEnd = ends[1]
    }

    deinit {
        close(descriptors[0].fd)
        close(wakeEnd)
    }

    func add(_ descriptor: Int32, for interest: Readiness, token: UInt64) {
        descriptors.append(pollfd(fd: descriptor, events: events(for: interest), revents: 0))
        tokens.append(token)
    }

    func change(_ descriptor: Int32, for interest: Readiness, token: UInt64) {
        guard let index = descriptors.firstIndex(where: { $0.fd == descriptor }) else { return }
        descriptors[index].events = events(for: interest)
        tokens[index] = token
    }

    func remove(_ descriptor: Int32) {
        guard let index = descriptors.firstIndex(where: { $0.fd == descriptor }) else { return }
        descriptors.remove(at: index)
        tokens.remove(at: index)
    }

    func wait(atMost limit: Duration?, _ report: (UInt64, Readiness) -> Void) {
        guard poll(&descriptors, nfds_t(descriptors.count), Duration.milliseconds(limit)) > 0 else { return }
        if descriptors[0].revents != 0 { drain() }
        // What is reported may add and remove descriptors.
        let ready = zip(descriptors, tokens).dropFirst().filter { $0.0.revents != 0 }
        for (descriptor, token) in ready { report(token, readiness(of: descriptor.revents)) }
    }

    func wake() {
        var byte: UInt8 = 1
        _ = write(wakeEnd, &byte, 1)
    }

    private func drain() {
        var bytes = [UInt8](repeating: 0, count: 64)
        while read(descriptors[0].fd, &bytes, bytes.count) == bytes.count {}
    }

    private func events(for interest: Readiness) -> Int16 {
        var events: Int32 = 0
        if interest.contains(.read) { events |= Int32(POLLIN) }
        if interest.contains(.write) { events |= Int32(POLLOUT) }
        return Int16(events)
    }

    private func readiness(of events: Int16) -> Readiness {
        let events = Int32(events)
        if events & Int32(POLLERR | POLLHUP | POLLNVAL) != 0 { return [.read, .write] }
        var readiness: Readiness = []
        if events & Int32(POLLIN) != 0 { readiness.insert(.read) }
        if events & Int32(POLLOUT) != 0 { readiness.insert(.write) }
        return readiness
    }
}
