// Turnledger. SPDX-License-Identifier: Apache-2.0

import ServiceLifecycle
import Synchronization
import TurnledgerAgent

/// Tells all open streams of a server when they have been silent for long, and when the server stops: one Swift task for
/// all of them, and none while there are none.
final class StreamClock: Sendable {
    private struct State {
        var places: [ObjectIdentifier: StreamPlace] = [:]
        var isRunning = false
        var isStopping = false
    }

    let keepAlive: Duration
    /// How long streams may go on after a graceful stop has begun.
    private let stopDeadline: Duration
    private let state = Mutex(State())

    init(keepAlive: Duration, stopDeadline: Duration) {
        self.keepAlive = keepAlive
        self.stopDeadline = stopDeadline
    }

    /// Whether streams must end now.
    var isStopping: Bool { state.withLock { $0.isStopping } }

    /// Gives a stream its place, until `leave`.
    func enter() -> StreamPlace {
        let place = StreamPlace()
        let begins = state.withLock { state in
            state.places[ObjectIdentifier(place)] = place
            if state.isStopping { place.bell.ring() }
            defer { state.isRunning = true }
            return !state.isRunning
        }
        // Unlike a detached task it sees the service group that the request is served in.
        if begins { Task { await run() } }
        return place
    }

    func leave(_ place: StreamPlace) {
        state.withLock { _ = $0.places.removeValue(forKey: ObjectIdentifier(place)) }
    }

    private func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                do {
                    try await gracefulShutdown()
                    try await Task.sleep(for: self.stopDeadline)
                } catch { return }
                self.stop()
            }
            // A comment comes at most a quarter late.
            while ring() { try? await Task.sleep(for: max(keepAlive / 4, .milliseconds(1))) }
            group.cancelAll()
        }
    }

    /// - Returns: `false` where nobody is there any more.
    private func ring() -> Bool {
        let silent = state.withLock { state -> [StreamPlace]? in
            if state.places.isEmpty {
                state.isRunning = false
                return nil
            }
            return state.places.values.filter { $0.isSilent(for: keepAlive) }
        }
        for place in silent ?? [] { place.bell.ring() }
        return silent != nil
    }

    private func stop() {
        let places = state.withLock { state in
            state.isStopping = true
            return state.places.values
        }
        for place in places { place.bell.ring() }
    }
}

/// An open stream: how it is woken, and when something was written to it.
final class StreamPlace: Sendable {
    let bell = FollowerBell()
    private let lastWrite = Mutex(ContinuousClock.now)

    /// Notes that something was written.
    func wrote() { lastWrite.withLock { $0 = .now } }

    func isSilent(for duration: Duration) -> Bool { lastWrite.withLock { $0 } + duration <= .now }
}
