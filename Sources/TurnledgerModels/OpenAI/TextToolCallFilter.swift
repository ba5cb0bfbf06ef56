// Turnledger. SPDX-License-Identifier: Apache-2.0

import TurnledgerAgent
import TurnledgerStore

/// Finds the tool calls that small models write into their text, and makes them tool calls.
///
/// Two forms: `<tool_call>{"name":…,"arguments":{…}}</tool_call>`, any number of times, anywhere in the text; and an
/// answer that as a whole is one JSON object `{"name":…,"arguments":{…}}` (or `parameters`) with the name of a tool that
/// was offered. Other text passes as it comes; only what may still become a call is held back. What turns out to be no
/// call is passed on as the text that it is.
struct TextToolCallFilter {
    private enum State {
        /// Nothing but white space so far, which is held.
        case beginning
        /// The text began with `{`, and all of it is held.
        case object
        /// Text that passes, but for an end that may be the beginning of a tag.
        case text
        /// Behind `<tool_call>`.
        case call
        /// Behind `</tool_call>`: white space is held, and dropped before another call and at the end.
        case afterCall
    }

    private static let openTag = "<tool_call>"
    private static let closeTag = "</tool_call>"

    private let toolNames: Set<String>
    private let makeID: @Sendable () -> String
    private var state = State.beginning
    private var held = ""
    private var foundCalls = false
    private var hasPassedText = false

    init(
        tools: [ToolDescription],
        makeID: @escaping @Sendable () -> String = { "call_" + UniqueID.random() }
    ) {
        toolNames = Set(tools.map(\.name))
        self.makeID = makeID
    }

    mutating func take(_ event: ModelEvent) -> [ModelEvent] {
        switch event {
        case .textDelta(let text):
            held += text
            return advance(mayClose: text.utf8.contains(UInt8(ascii: ">")))
        case .reasoningDelta, .usage:
            return [event]
        case .toolCallStarted, .toolCallDelta, .toolCall, .invalidToolCall:
            // The model calls tools properly: what was held cannot be a whole answer any more.
            return (state == .call ? [] : release()) + [event]
        case .finished(let reason):
            let events = end(cutShort: reason == .length)
            let isPlain = reason == .stop || reason == .other
            return events + [.finished(foundCalls && isPlain ? .toolCalls : reason)]
        }
    }

    /// Gives back the text that is held: for an answer that breaks off.
    mutating func release() -> [ModelEvent] {
        defer {
            held = ""
            state = .text
        }
        let text = state == .call ? Self.openTag + held : held
        return text.isEmpty ? [] : [.textDelta(text)]
    }

    /// - Parameter mayClose: Whether the newest text can end a closing tag: long calls are not searched for each piece.
    private mutating func advance(mayClose: Bool) -> [ModelEvent] {
        var events: [ModelEvent] = []
        while true {
            switch state {
            case .beginning:
                guard let first = held.first(where: { !$0.isWhitespace }) else { return events }
                state = first == "{" ? .object : .text
            case .object:
                if mayBecomeCall() { return events }
                state = .text
            case .text:
                if let tag = held.firstRange(of: Self.openTag) {
                    let before = String(held[..<tag.lowerBound])
                    if !before.isEmpty && (hasPassedText || before.contains(where: { !$0.isWhitespace })) {
                        events.append(.textDelta(before))
                    }
                    held = String(held[tag.upperBound...])
                    state = .call
                } else {
                    let keep = Self.possibleTag(atEndOf: held)
                    let text = String(held.unicodeScalars.dropLast(keep))
                    held = String(held.unicodeScalars.suffix(keep))
                    if !text.isEmpty {
                        events.append(.textDelta(text))
                        hasPassedText = true
                    }
                    return events
                }
            case .call:
                guard mayClose, let tag = held.firstRange(of: Self.closeTag) else { return events }
                let body = String(held[..<tag.lowerBound])
                let rest = String(held[tag.upperBound...])
                if let calls = calls(in: body) {
                    events += calls
                    foundCalls = true
                    state = .afterCall
                } else {
                    events.append(.textDelta(Self.openTag + body + Self.closeTag))
                    state = .text
                }
                held = rest
            case .afterCall:
                guard let start = held.firstIndex(where: { !$0.isWhitespace }) else { return events }
                let rest = held[start...]
                if rest.count < Self.openTag.count && Self.openTag.hasPrefix(rest) { return events }
                if rest.hasPrefix(Self.openTag) { held = String(rest) }
                state = .text
            }
        }
    }

    private mutating func end(cutShort: Bool) -> [ModelEvent] {
        switch state {
        case .object:
            if !cutShort, let call = offeredCall(in: held) {
                held = ""
                foundCalls = true
                return [.toolCall(call)]
            }
            return release()
        case .call:
            // Models forget the closing tag.
            if let calls = calls(in: held) {
                held = ""
                foundCalls = true
                return calls
            }
            return release()
        case .afterCall:
            held = held.contains { !$0.isWhitespace } ? held : ""
            return release()
        case .beginning, .text:
            return release()
        }
    }

    /// Whether the held text can still be a call: its first key is one of a call's, or has not come whole.
    private func mayBecomeCall() -> Bool {
        let inside = held.drop { $0.isWhitespace }.dropFirst().drop { $0.isWhitespace }
        guard let quote = inside.first else { return true }
        guard quote == "\"" else { return false }
        let key = inside.dropFirst()
        guard let end = key.firstIndex(of: "\"") else { return key.count <= 16 }
        return ["name", "arguments", "parameters", "type", "id"].contains(String(key[..<end]))
    }

    /// The calls in a tag; `nil` where its text is no attempt at one.
    private func calls(in body: String) -> [ModelEvent]? {
        let text = body.drop { $0.isWhitespace }
        guard text.first == "{" || text.first == "[" else { return nil }
        guard let value = try? JSONValue.parse(Array(text.utf8)) else {
            return [
                .invalidToolCall(
                    InvalidToolCall(
                        id: makeID(), name: nil, arguments: body, error: "The text of the call is not JSON."))
            ]
        }
        let calls = (value.array ?? [value]).map { call(in: $0) }
        if calls.isEmpty || calls.contains(nil) { return nil }
        return calls.compactMap { $0.map { .toolCall($0) } }
    }

    private func offeredCall(in text: String) -> ToolCall? {
        guard let value = try? JSONValue.parse(Array(text.utf8)), let call = call(in: value),
            toolNames.contains(call.name), value["arguments"] ?? value["parameters"] != nil
        else { return nil }
        return call
    }

    private func call(in value: JSONValue) -> ToolCall? {
        guard let name = value["name"]?.string, !name.isEmpty else { return nil }
        let arguments: JSONObject? =
            switch value["arguments"] ?? value["parameters"] {
            case .object(let object): object
            case .string(let text): ToolCallCollector.object(in: text)
            case nil, .null: [:]
            default: nil
            }
        return arguments.map { ToolCall(id: makeID(), name: name, arguments: $0) }
    }

    /// How many scalars at the end of a text may be the beginning of an opening tag.
    private static func possibleTag(atEndOf text: String) -> Int {
        let tag = Array(openTag.unicodeScalars)
        let end = Array(text.unicodeScalars.suffix(tag.count - 1))
        return stride(from: end.count, to: 0, by: -1).first { end.suffix($0).elementsEqual(tag.prefix($0)) } ?? 0
    }
}
