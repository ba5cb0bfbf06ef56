// Turnledger. SPDX-License-Identifier: Apache-2.0

import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import TurnledgerAgent
import TurnledgerServer
import TurnledgerStore

/// A chat with a server, by the same route that browsers use.
struct RemoteChat: Sendable {
    private let server: RemoteServer
    private let thread: ThreadID

    init(server: RemoteServer, thread: ThreadID) {
        self.server = server
        self.thread = thread
    }

    func answer(_ text: String) async throws -> ChatTurn {
        let body: JSONValue = [
            "id": .string(thread.rawValue), "trigger": "submit-message",
            "message": [
                "id": .string(UniqueID.random()), "role": "user",
                "parts": [["type": "text", "text": .string(text)]],
            ],
        ]
        return Self.turn(reading: try await server.send(.POST, "/api/ai-sdk/chat", body: body).body)
    }

    /// The stream's events as they arrive; leaving the turn closes the connection.
    private static func turn(reading body: HTTPClientResponse.Body) -> ChatTurn {
        let (turn, continuation) = ChatTurn.makeStream()
        let reading = Task {
            var lines = ChunkReader()
            do {
                for try await buffer in body {
                    let events = lines.take(buffer.readableBytesView)
                    if !events.isEmpty { continuation.yield(events) }
                }
            } catch {
                lines.isOver = false
            }
            continuation.finish(
                throwing: lines.isOver
                    ? nil : CommandFailure(description: "The connection broke off; the answer goes on at the server."))
        }
        continuation.onTermination = { _ in reading.cancel() }
        return turn
    }
}

/// Cuts a stream into chunks.
struct ChunkReader {
    private var rest: [UInt8] = []
    /// Whether the answer's last chunk has come.
    var isOver = false

    mutating func take(_ bytes: some Sequence<UInt8>) -> [RunEvent] {
        rest += bytes
        var events: [RunEvent] = []
        var start = rest.startIndex
        while let end = rest[start...].firstIndex(of: UInt8(ascii: "\n")) {
            if let event = Self.event(in: rest[start..<end]) { events.append(event) }
            start = end + 1
        }
        rest.removeSubrange(..<start)
        if events.contains(where: \.isLast) { isOver = true }
        return events
    }

    private static func event(in line: ArraySlice<UInt8>) -> RunEvent? {
        let prefix = Array("data:".utf8)
        guard line.starts(with: prefix), let json = try? JSONValue.parse(Array(line.dropFirst(prefix.count))) else {
            return nil
        }
        return UIMessageStreamDecoder.event(of: json)
    }
}

/// Reads back what `UIMessageStreamEncoder` writes, as far as a terminal shows it.
enum UIMessageStreamDecoder {
    static func event(of chunk: JSONValue) -> RunEvent? {
        func text(_ key: String) -> String { chunk[key]?.string ?? "" }
        return switch chunk["type"]?.string {
        case "text-delta": .textDelta(id: text("id"), text: text("delta"))
        case "text-end": .textEnded(id: text("id"))
        case "tool-input-available":
            .toolInput(call: text("toolCallId"), name: text("toolName"), input: chunk["input"] ?? .null)
        case "tool-input-error":
            .toolInputFailed(
                call: text("toolCallId"), name: text("toolName"), input: chunk["input"] ?? .null,
                message: text("errorText"))
        case "tool-output-available": .toolOutput(call: text("toolCallId"), output: chunk["output"] ?? .null)
        case "tool-output-error": .toolOutputFailed(call: text("toolCallId"), message: text("errorText"))
        case "finish": .finished(FinishReason(rawValue: text("finishReason")) ?? .other)
        case "error": .failed(errorID: "", message: text("errorText"))
        case "abort": .aborted
        default: nil
        }
    }
}
