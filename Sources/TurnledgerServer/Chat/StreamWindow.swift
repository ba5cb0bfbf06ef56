// Turnledger. SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Hummingbird
import TurnledgerAgent
import TurnledgerStore

/// Which chunks of a run a client wants, and how its stream must end.
///
/// A client that reconnects on its own (`WorkflowChatTransport`) counts the chunks that it has, asks for the rest with
/// `startIndex`, and asks again until it sees `finish`.
struct StreamWindow: Hashable, Sendable {
    /// How many chunks to leave out.
    var start = 0
    /// Whether `finish` follows also an error and an abort, so that nobody asks for more.
    var alwaysFinishes = false

    /// Whether the client wants what the message held before the run went on with it: it has lost its stream, and loads a
    /// history without the message.
    var showsRecap = false

    /// The calls of dynamic tools so far: every chunk of theirs says so.
    private var dynamicCalls: Set<JSONValue> = []

    static let whole = StreamWindow()
    static let wholeMessage = StreamWindow(showsRecap: true)

    /// - `text`: A number from 0, or below 0: counted from the last chunk that is there now.
    /// - Throws: `RequestError` with 400.
    init(startIndex text: String, chunksSoFar: () async throws -> Int) async throws {
        guard let index = Int(text) else {
            throw RequestError.invalid("'startIndex' must be a whole number: how many chunks you have.")
        }
        start = index >= 0 ? index : max(0, try await chunksSoFar() + index)
        alwaysFinishes = true
    }

    private init(showsRecap: Bool = false) { self.showsRecap = showsRecap }

    /// The chunks of an event that the client wants.
    mutating func take(_ event: RunEvent, _ profile: ClientProfile) -> [JSONObject] {
        note(event)
        let events: [RunEvent] = if case .recap(let earlier) = event { showsRecap ? earlier : [] } else { [event] }
        var chunks = events.compactMap { UIMessageStreamEncoder.chunk(of: $0, for: profile) }.map(marked)
        if alwaysFinishes, event.isLast, chunks.last?["type"] != "finish" {
            chunks += [UIMessageStreamEncoder.chunk(of: .finished(.error), for: profile)].compactMap { $0 }
        }
        let known = min(start, chunks.count)
        start -= known
        return Array(chunks.dropFirst(known))
    }

    /// Also what the client does not want to see again has calls that may end now.
    private mutating func note(_ event: RunEvent) {
        switch event {
        case .dynamicCall(let call): dynamicCalls.insert(.string(call))
        case .recap(let events): for event in events { note(event) }
        default: break
        }
    }

    private static let marking: Set<JSONValue> = [
        "tool-input-start", "tool-input-available", "tool-input-error", "tool-output-available", "tool-output-error",
    ]

    private func marked(_ chunk: JSONObject) -> JSONObject {
        guard !dynamicCalls.isEmpty, let call = chunk["toolCallId"], dynamicCalls.contains(call),
            let type = chunk["type"], Self.marking.contains(type)
        else { return chunk }
        var chunk = chunk
        chunk["dynamic"] = true
        return chunk
    }
}
