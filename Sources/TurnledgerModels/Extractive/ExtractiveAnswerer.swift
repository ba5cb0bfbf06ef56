// Turnledger. SPDX-License-Identifier: Apache-2.0

public import TurnledgerAgent

/// A model client without a model: it answers by quoting the regulations and what the user told the thread.
///
/// It is called like any model: it asks for `search_regulations` and `get_clause` where the request has them, reads
/// their results in the next call, and streams text. It needs no network, says nothing that it cannot quote, and answers
/// the same request in the same way, so that a turn may be run again after a crash. Its time grows with the length of
/// the thread.
public struct ExtractiveAnswerer: ModelClient {
    /// `extractive`: what `model.kind` calls it, and `metadata.model` of its messages.
    public let name = "extractive"
    public let provider = "turnledger"

    public init() {}

    public func stream(_ request: ModelRequest) async throws(ModelError) -> ModelStream {
        let events = Self.events(for: request)
        return ModelStream { continuation in
            for event in events { continuation.yield(event) }
            continuation.finish()
        }
    }

    /// Does nothing: there is nothing that could be away.
    public func check() async throws(ModelError) {}

    /// The whole answer to a request.
    static func events(for request: ModelRequest) -> [ModelEvent] {
        let conversation = Conversation(request.messages)
        switch Planner(conversation: conversation, tools: request.tools).decide() {
        case .call(let calls):
            return calls.map { .toolCall($0) } + [.finished(.toolCalls)]
        case .say(let text):
            return TextDeltas.cut(text).map { .textDelta($0) } + [.finished(.stop)]
        }
    }
}

/// Cuts a text into pieces to stream: words with the space after them, and a few Chinese characters at a time.
enum TextDeltas {
    static func cut(_ text: String) -> [String] {
        var deltas: [String] = []
        var delta = ""
        var han = 0
        for character in text {
            let isHan = character.unicodeScalars.first?.isHan ?? false
            delta.append(character)
            if isHan { han += 1 }
            if character.isWhitespace || han >= 4 {
                deltas.append(delta)
                delta = ""
                han = 0
            }
        }
        if !delta.isEmpty { deltas.append(delta) }
        return deltas
    }
}
