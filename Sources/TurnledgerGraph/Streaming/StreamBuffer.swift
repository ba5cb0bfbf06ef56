// Turnledger. SPDX-License-Identifier: Apache-2.0

import Synchronization

/// How far a reader may fall behind a run.
public struct StreamBounds: Hashable, Sendable {
    /// How many events wait for the reader before the run waits.
    public var buffer: Int
    /// How long the run waits for room; then it goes on without the reader, who gets `GraphError.Code.tooSlow` behind the
    /// events that wait.
    public var patience: Duration

    public init(buffer: Int = 256, patience: Duration = .seconds(10)) {
        self.buffer = max(1, buffer)
        self.patience = patience
    }
}

/// Hands a run's events to one reader, within bounds.
final class StreamBuffer: EventSink {
    let modes: StreamModes
    let includesSubgraphs: Bool
    private let bounds: StreamBounds
    private let timer: any Clock<Duration>

    private struct State {
        var events: [GraphEvent] = []
        /// How many of `events` were read.
        var taken = 0
        var end: Result<Void, any Error>?
        var isAbandoned = false
        var reader: CheckedContinuation<Void, Never>?
        var writers: [UInt64: CheckedContinuation<Void, Never>] = [:]
        var nextWriter: UInt64 = 0

        var count: Int { events.count - taken }
    }

    private let state = Mutex(State())

    init(modes: StreamModes, includesSubgraphs: Bool, bounds: StreamBounds, timer: any Clock<Duration>) {
        self.modes = modes
        self.includesSubgraphs = includesSubgraphs
        self.bounds = bounds
        self.timer = timer
    }

    func send(_ event: GraphEvent) async {
        if append(event) { return }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { [self] in while !append(event) { if await !waitForRoom() { return } } }
            group.addTask { [timer, bounds] in try? await timer.sleep(for: bounds.patience) }
            await group.next()
            group.cancelAll()
        }
        // Who found no room in time is without a reader from now on.
        let reader = state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard state.count >= bounds.buffer, !state.isAbandoned, state.end == nil, !Task.isCancelled else {
                return nil
            }
            state.isAbandoned = true
            state.end = .failure(
                GraphError(.tooSlow, "The reader fell \(bounds.buffer) events behind; the run went on without it."))
            defer { state.reader = nil }
            return state.reader
        }
        reader?.resume()
    }

    /// Says that no more events come.
    func finish(_ end: Result<Void, any Error>) {
        wake { state in if state.end == nil { state.end = end } }
    }

    /// The next event; `nil` at the end.
    func next() async throws -> GraphEvent? {
        while true {
            let (event, end, writers) = state.withLock {
                state -> (GraphEvent?, Result<Void, any Error>?, [CheckedContinuation<Void, Never>]) in
                guard state.count > 0 else { return (nil, state.end, []) }
                let event = state.events[state.taken]
                state.taken += 1
                if state.taken > 64, state.taken * 2 > state.events.count {
                    state.events.removeFirst(state.taken)
                    state.taken = 0
                }
                defer { state.writers = [:] }
                return (event, nil, Array(state.writers.values))
            }
            for writer in writers { writer.resume() }
            if let event { return event }
            if let end {
                try end.get()
                return nil
            }
            try Task.checkCancellation()
            await withTaskCancellationHandler {
                await withCheckedContinuation { continuation in
                    let isReady = state.withLock { state in
                        if state.count > 0 || state.end != nil || Task.isCancelled { return true }
                        state.reader = continuation
                        return false
                    }
                    if isReady { continuation.resume() }
                }
            } onCancel: {
                wake { _ in }
            }
        }
    }

    /// Whether the event was taken, or nobody reads any more.
    private func append(_ event: GraphEvent) -> Bool {
        let (isTaken, reader) = state.withLock { state -> (Bool, CheckedContinuation<Void, Never>?) in
            if state.isAbandoned || state.end != nil { return (true, nil) }
            guard state.count < bounds.buffer else { return (false, nil) }
            state.events.append(event)
            defer { state.reader = nil }
            return (true, state.reader)
        }
        reader?.resume()
        return isTaken
    }

    /// Waits for room; `false`: was cancelled.
    private func waitForRoom() async -> Bool {
        let key = state.withLock { state in
            state.nextWriter += 1
            return state.nextWriter
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isReady = state.withLock { state in
                    if state.count < bounds.buffer || state.end != nil || Task.isCancelled { return true }
                    state.writers[key] = continuation
                    return false
                }
                if isReady { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.writers.removeValue(forKey: key) }?.resume()
        }
        return !Task.isCancelled
    }

    private func wake(_ change: (inout State) -> Void) {
        let (reader, writers) = state.withLock { state in
            change(&state)
            defer {
                state.reader = nil
                state.writers = [:]
            }
            return (state.reader, Array(state.writers.values))
        }
        reader?.resume()
        for writer in writers { writer.resume() }
    }
}
