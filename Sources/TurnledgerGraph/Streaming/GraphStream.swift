// Turnledger. SPDX-License-Identifier: Apache-2.0

public import TurnledgerStore

/// The events of a run, as they happen. The run begins with the first read, and is cancelled with its reader.
///
/// A reader that falls behind holds the run up, within `StreamBounds`.
public struct GraphStream: AsyncSequence, Sendable {
    public typealias Element = GraphEvent

    let modes: StreamModes
    let includesSubgraphs: Bool
    let bounds: StreamBounds
    let timer: any Clock<Duration>
    let run: @Sendable (any EventSink) async throws -> Void

    public func makeAsyncIterator() -> Iterator {
        let buffer = StreamBuffer(
            modes: modes, includesSubgraphs: includesSubgraphs, bounds: bounds, timer: timer)
        let run = run
        let task = Task {
            do {
                try await run(buffer)
                buffer.finish(.success(()))
            } catch {
                buffer.finish(.failure(error))
            }
        }
        return Iterator(buffer: buffer, holder: RunHolder(task))
    }

    /// Reads the events; when it goes away the run is cancelled, unless it has ended.
    public struct Iterator: AsyncIteratorProtocol {
        let buffer: StreamBuffer
        fileprivate let holder: RunHolder

        /// - Throws: What the run throws, behind its events; `.tooSlow`.
        public mutating func next() async throws -> GraphEvent? { try await buffer.next() }
    }
}

/// Cancels a run when nobody holds it any more.
private final class RunHolder: Sendable {
    private let task: Task<Void, Never>

    init(_ task: Task<Void, Never>) { self.task = task }

    deinit { task.cancel() }
}

extension CompiledGraph {
    /// Runs the graph on a thread and shows what happens.
    ///
    /// - Parameters:
    ///   - input: What the run begins with.
    ///   - thread: The thread.
    ///   - modes: What is shown; several at once.
    ///   - options: How it is run; `streamsSubgraphs` shows what subgraphs show.
    ///   - bounds: How far the reader may fall behind.
    public func stream(
        _ input: RunInput<State>, thread: ThreadID, modes: StreamModes = .updates, options: RunOptions = RunOptions(),
        bounds: StreamBounds = StreamBounds()
    ) -> GraphStream {
        GraphStream(
            modes: modes, includesSubgraphs: options.streamsSubgraphs, bounds: bounds, timer: services.timer
        ) { sink in
            var environment = environment(thread, options)
            environment.sink = sink
            _ = try await GraphExecution.run(graph, try input.resolved(), in: environment)
        }
    }
}

extension GraphEvent {
    /// The state after a superstep as its Swift type; `nil` for events that show no state.
    ///
    /// - Throws: `.stateMismatch`.
    public func state<State: GraphState>(as type: State.Type = State.self) throws -> State? {
        guard case .values(let values, _) = content, let map = values.map else { return nil }
        return try State(values: map)
    }
}
