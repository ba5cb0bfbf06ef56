// Turnledger. SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Holds whoever passes until it is opened, and tells when somebody waits: a test's way to stop the world at a point.
///
/// Once open it stays open. Safe to use from any Swift task.
public final class Gate: Sendable {
    private struct State {
        var isOpen = false
        var arrivals = 0
        var waiters: [UInt64: CheckedContinuation<Void, any Error>] = [:]
        var watchers: [UInt64: (count: Int, continuation: CheckedContinuation<Void, any Error>)] = [:]
        var nextKey: UInt64 = 0
        var cancelled: Set<UInt64> = []

        mutating func key() -> UInt64 {
            nextKey += 1
            return nextKey
        }
    }

    private let state = Mutex(State())

    /// Makes a gate that holds everybody, or one that is open from the start.
    public init(isOpen: Bool = false) {
        state.withLock { $0.isOpen = isOpen }
    }

    /// How many have come to the gate so far, waiting or not.
    public var arrivals: Int { state.withLock { $0.arrivals } }

    /// Lets everybody through, now and later.
    public func open() {
        let waiters = state.withLock { state in
            state.isOpen = true
            defer { state.waiters = [:] }
            return state.waiters.values.map { $0 }
        }
        for waiter in waiters { waiter.resume() }
    }

    /// Waits until the gate is open.
    ///
    /// - Throws: `CancellationError` when the Swift task is cancelled first.
    public func pass() async throws {
        let key = state.withLock { $0.key() }
        announceArrival()
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let result: Result<Void, any Error>? = state.withLock { state in
                    if state.cancelled.remove(key) != nil { return .failure(CancellationError()) }
                    if state.isOpen { return .success(()) }
                    state.waiters[key] = continuation
                    return nil
                }
                if let result { continuation.resume(with: result) }
            }
        } onCancel: {
            cancel(key)
        }
    }

    /// Waits until `count` have come to the gate.
    ///
    /// - Throws: `CancellationError` when the Swift task is cancelled first.
    public func reached(by count: Int = 1) async throws {
        let key = state.withLock { $0.key() }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let result: Result<Void, any Error>? = state.withLock { state in
                    if state.cancelled.remove(key) != nil { return .failure(CancellationError()) }
                    if state.arrivals >= count { return .success(()) }
                    state.watchers[key] = (count, continuation)
                    return nil
                }
                if let result { continuation.resume(with: result) }
            }
        } onCancel: {
            cancel(key)
        }
    }

    private func announceArrival() {
        let satisfied = state.withLock { state in
            state.arrivals += 1
            let arrivals = state.arrivals
            let keys = state.watchers.filter { $0.value.count <= arrivals }.map(\.key)
            return keys.compactMap { state.watchers.removeValue(forKey: $0)?.continuation }
        }
        for watcher in satisfied { watcher.resume() }
    }

    private func cancel(_ key: UInt64) {
        let continuation = state.withLock { state -> CheckedContinuation<Void, any Error>? in
            if let waiter = state.waiters.removeValue(forKey: key) { return waiter }
            if let watcher = state.watchers.removeValue(forKey: key) { return watcher.continuation }
            // Cancelled before the wait began, or after it ended; the entry of the latter is never looked at.
            state.cancelled.insert(key)
            return nil
        }
        continuation?.resume(throwing: CancellationError())
    }
}
