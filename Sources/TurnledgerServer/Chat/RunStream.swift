// Turnledger. SPDX-License-Identifier: Apache-2.0

import Hummingbird
import NIOCore
import TurnledgerAgent

/// Writes a run to one client as it goes on.
///
/// Events that are ready together are written together. Silence is broken by comments. A client that goes away ends
/// this, never the run.
struct RunStream: Sendable {
    let follower: RunFollower
    var format = StreamFormat.uiMessages(.conservative)
    var window = StreamWindow.whole
    let clock: StreamClock

    @concurrent
    func write(to writer: inout any ResponseBodyWriter) async throws {
        var reader = follower.makeAsyncIterator()
        var encoder = StreamEncoder(format, window)
        let place = clock.enter()
        defer { clock.leave(place) }
        while true {
            let events = try await Self.next(of: &reader, place.bell)
            var bytes = encoder.encode(events)
            let isOver = events.last?.isLast == true
            if !isOver, clock.isStopping {
                bytes += encoder.encode([Self.stopped])
                try await writer.write(ByteBuffer(bytes: bytes))
                return
            }
            if bytes.isEmpty, !isOver, place.isSilent(for: clock.keepAlive) { bytes = format.keepAlive }
            if !bytes.isEmpty {
                try await writer.write(ByteBuffer(bytes: bytes))
                place.wrote()
            }
            if isOver { return }
        }
    }

    /// What comes next, nothing where the bell was rung; a log that cannot be read, or that ends before the run, is told to
    /// the client.
    private static func next(
        of reader: inout RunFollower.Iterator, _ bell: FollowerBell
    ) async throws -> [RunEvent] {
        do {
            if let events = try await reader.next(wakenBy: bell) { return events }
        } catch let error as CancellationError {
            throw error
        } catch {
            return [.failed(errorID: "", message: RequestError(any: error).message)]
        }
        return [.failed(errorID: "", message: "The answer broke off. Load the conversation again.")]
    }

    private static let stopped = RunEvent.failed(
        errorID: "", message: "The server stops. The answer goes on; load the conversation again in a moment.")
}
