// Turnledger. SPDX-License-Identifier: Apache-2.0

import Hummingbird
import NIOCore
import ServiceLifecycle
import TurnledgerAgent

/// Writes a run to one client as it goes on.
///
/// Events that are ready together are written together. Silence is broken by comments. A client that goes away ends
/// this, never the run.
struct RunStream: Sendable {
    let follower: RunFollower
    var format = StreamFormat.uiMessages(.conservative)
    var window = StreamWindow.whole
    let keepAlive: Duration
    /// How long the stream may go on after a graceful stop has begun.
    let stopDeadline: Duration

    private enum Happening: Sendable {
        case events([RunEvent])
        case tick
        case stopping
    }

    func write(to writer: inout any ResponseBodyWriter) async throws {
        let reader = Reader(follower)
        try await withThrowingTaskGroup(of: Happening.self) { group in
            defer { group.cancelAll() }
            group.addTask { try await Self.nextEvents(of: reader) }
            group.addTask { [stopDeadline] in
                try await gracefulShutdown()
                try await Task.sleep(for: stopDeadline)
                return .stopping
            }
            let clock = ContinuousClock()
            var lastWrite = clock.now
            var encoder = StreamEncoder(format, window)
            func addTick(to group: inout ThrowingTaskGroup<Happening, any Error>) {
                let deadline = lastWrite.advanced(by: keepAlive)
                group.addTask {
                    try await clock.sleep(until: deadline)
                    return .tick
                }
            }
            addTick(to: &group)

            while let happening = try await group.next() {
                switch happening {
                case .events(let events):
                    let bytes = encoder.encode(events)
                    if !bytes.isEmpty {
                        try await writer.write(ByteBuffer(bytes: bytes))
                        lastWrite = clock.now
                    }
                    if events.last?.isLast == true { return }
                    group.addTask { try await Self.nextEvents(of: reader) }
                case .tick:
                    if lastWrite.advanced(by: keepAlive) <= clock.now {
                        try await writer.write(ByteBuffer(bytes: format.keepAlive))
                        lastWrite = clock.now
                    }
                    addTick(to: &group)
                case .stopping:
                    try await writer.write(ByteBuffer(bytes: encoder.encode([Self.stopped])))
                    return
                }
            }
        }
    }

    /// What comes next; a log that cannot be read, or that ends before the run, is told to the client.
    private static func nextEvents(of reader: Reader) async throws -> Happening {
        do {
            if let events = try await reader.next() { return .events(events) }
        } catch let error as CancellationError {
            throw error
        } catch {
            let message = RequestError(any: error).message
            return .events([.failed(errorID: "", message: message)])
        }
        return .events([.failed(errorID: "", message: "The answer broke off. Load the conversation again.")])
    }

    private static let stopped = RunEvent.failed(
        errorID: "", message: "The server stops. The answer goes on; load the conversation again in a moment.")

    /// Reads a follower from Swift tasks that come one after another.
    private actor Reader {
        private var iterator: RunFollower.Iterator

        init(_ follower: RunFollower) { iterator = follower.makeAsyncIterator() }

        func next() async throws -> [RunEvent]? {
            // One task at a time reads: the next begins when the last has ended.
            var current = iterator
            let events = try await current.next()
            iterator = current
            return events
        }
    }
}
