// Turnledger. SPDX-License-Identifier: Apache-2.0

import TurnledgerAgent
import TurnledgerStore

/// Puts tool calls together from the fragments that Chat Completions servers stream.
///
/// A fragment belongs to the call with its ID; without an ID to the one with its index; without either to the latest.
/// Servers bend each of these (IDs missing or repeated, index 0 for every call, a name in each fragment), so a fragment
/// that cannot continue the call it points at begins a new one. Nothing is complete before the stream's end: arguments
/// that can be read may still grow.
struct ToolCallCollector {
    /// One call as far as it has come.
    private struct Call {
        /// The call's own ID; made here where the server gave none.
        let id: String
        /// The ID that the server gave, if it did.
        var providerID: String?
        var index: Int64?
        var name: String?
        var arguments = ""

        /// Whether the arguments are one whole JSON object, after which only white space can follow.
        var isWhole: Bool {
            arguments.contains { !$0.isWhitespace } && ToolCallCollector.object(in: arguments) != nil
        }
    }

    private var calls: [Call] = []
    private let makeID: @Sendable () -> String

    /// - Parameter makeID: Makes the ID of a call that came without one.
    init(makeID: @escaping @Sendable () -> String) {
        self.makeID = makeID
    }

    var isEmpty: Bool { calls.isEmpty }

    /// The bytes of all arguments so far.
    private(set) var argumentSize = 0

    /// Whether every call has a name and arguments that are a whole object: a stream that broke off lost nothing.
    var areAllWhole: Bool { calls.allSatisfy { $0.name != nil && $0.isWhole } }

    /// Takes an element of `delta.tool_calls`.
    mutating func take(_ fragment: JSONObject) -> [ModelEvent] {
        let function = fragment["function"]
        let id = fragment["id"]?.string.flatMap { $0.isEmpty ? nil : $0 }
        let name = (function?["name"] ?? fragment["name"])?.string.flatMap { $0.isEmpty ? nil : $0 }
        let index = fragment["index"]?.integer
        let arguments: String =
            switch function?["arguments"] ?? fragment["arguments"] {
            case .string(let text): text
            case .object(let object): JSONValue.object(object).text
            default: ""
            }

        let position = place(id: id, index: index, name: name, arguments: arguments)
        var events: [ModelEvent] = []
        let wasNamed = calls[position].name != nil
        if !wasNamed { calls[position].name = name }
        calls[position].arguments += arguments
        argumentSize += arguments.utf8.count
        let call = calls[position]
        if let name = call.name {
            if !wasNamed { events.append(.toolCallStarted(id: call.id, name: name)) }
            let text = wasNamed ? arguments : call.arguments
            if !text.isEmpty { events.append(.toolCallDelta(id: call.id, text: text)) }
        }
        return events
    }

    /// Completes the calls, in the order in which they began.
    mutating func finish() -> [ModelEvent] {
        defer { calls = [] }
        return calls.map { call in
            guard let name = call.name else {
                return .invalidToolCall(
                    InvalidToolCall(id: call.id, name: nil, arguments: call.arguments, error: "The call has no name."))
            }
            guard let arguments = Self.object(in: call.arguments) else {
                return .invalidToolCall(
                    InvalidToolCall(
                        id: call.id, name: name, arguments: call.arguments,
                        error: "The arguments are not a JSON object."))
            }
            return .toolCall(ToolCall(id: call.id, name: name, arguments: arguments))
        }
    }

    /// Reads arguments; blank text is an empty object.
    static func object(in text: String) -> JSONObject? {
        if text.allSatisfy(\.isWhitespace) { return [:] }
        guard let value = try? JSONValue.parse(Array(text.utf8)) else { return nil }
        return value.object
    }

    /// Finds the call that a fragment continues, or begins one.
    private mutating func place(id: String?, index: Int64?, name: String?, arguments: String) -> Int {
        if let id {
            let sameID = calls.indices.filter { calls[$0].providerID == id }
            if let exact = sameID.last(where: { index == nil || calls[$0].index == nil || calls[$0].index == index }) {
                return exact
            }
            // One ID for several calls: only a name shows that another begins.
            if let last = sameID.last, name == nil { return last }
            if sameID.isEmpty, let open = latest(at: index), calls[open].providerID == nil, name == nil {
                calls[open].providerID = id
                return open
            }
            return begin(id: id, index: index)
        }
        guard let candidate = index == nil ? calls.indices.last : latest(at: index) else {
            return begin(id: nil, index: index)
        }
        let existing = calls[candidate]
        if let name, let known = existing.name {
            // The cheap looks come first: servers that repeat the name send it with every fragment.
            let opens = arguments.first { !$0.isWhitespace } == "{"
            let isClosed = existing.arguments.last { !$0.isWhitespace } == "}"
            if name != known || (opens && isClosed && existing.isWhole) { return begin(id: nil, index: index) }
        }
        return candidate
    }

    private func latest(at index: Int64?) -> Int? {
        guard let index else { return nil }
        return calls.lastIndex { $0.index == index }
    }

    private mutating func begin(id: String?, index: Int64?) -> Int {
        let isFree = id.map { id in !calls.contains { $0.id == id } } ?? false
        calls.append(Call(id: isFree ? id! : makeID(), providerID: id, index: index))
        return calls.count - 1
    }
}
