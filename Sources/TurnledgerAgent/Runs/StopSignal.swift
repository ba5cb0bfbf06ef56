// Turnledger. SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Somebody's wish that a run ends now, for the work that goes on in it.
///
/// Cooperative: the model's answer and the tools that run are cancelled, what they have made so far is kept, and no other
/// begins. Unlike cancelling the run's Swift task it lets the run end in order.
final class StopSignal: Sendable {
    private struct State {
        var isStopped = false
        var wasHeeded = false
        var waiting: [Int: CheckedContinuation<Void, Never>] = [:]
        var nextWaiter = 0
    }

    private enum Outcome<Value: Sendable>: Sendable {
        case ended(Value)
        case stopped
    }

    private let state = Mutex(State())

    /// Ends the run as soon as its work heeds it.
    func stop() {
        let waiting = state.withLock { state in
            state.isStopped = true
            defer { state.waiting = [:] }
            return state.waiting.values
        }
        for continuation in waiting { continuation.resume() }
    }

    /// Whether some work was left out or cut off.
    var wasHeeded: Bool { state.withLock { $0.wasHeeded } }

    /// Whether work that is about to begin must be left out.
    func heed() -> Bool {
        state.withLock { state in
            if state.isStopped { state.wasHeeded = true }
            return state.isStopped
        }
    }

    /// Does work until it ends, or until the stop: then it is cancelled and waited for.
    ///
    /// - Returns: `nil` where it was stopped.
    func racing<Value: Sendable>(_ work: @escaping @Sendable () async throws -> Value) async throws -> Value? {
        if heed() { return nil }
        return try await withThrowingTaskGroup(of: Outcome<Value>.self) { group in
            group.addTask { .ended(try await work()) }
            group.addTask {
                await self.wait()
                return .stopped
            }
            defer { group.cancelAll() }
            if case .ended(let value)? = try await group.next() { return value }
            // Both hear of a cancellation from outside; only the work says so.
            try Task.checkCancellation()
            _ = heed()
            return nil
        }
    }

    /// Returns when the run is to stop, or when the Swift task is cancelled.
    private func wait() async {
        let ticket = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    if state.isStopped || Task.isCancelled { return true }
                    state.waiting[ticket] = continuation
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiting.removeValue(forKey: ticket) }?.resume()
        }
    }
}
