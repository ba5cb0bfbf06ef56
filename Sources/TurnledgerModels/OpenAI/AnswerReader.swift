// Turnledger. SPDX-License-Identifier: Apache-2.0

import TurnledgerAgent
import TurnledgerStore

/// Reads the body of a successful response: events, or one JSON document from a server that does not stream.
struct AnswerReader {
    private enum Form { case unknown, events, document, rubbish }

    /// Whether the end was passed on, so that nothing else counts.
    private(set) var isOver = false

    private let output: ChatExchange.Output
    private let requestID: String?
    private let maximumSize: Int
    private var form = Form.unknown
    private var parser: ServerSentEventParser
    private var assembler: ChatCompletionAssembler
    private var filter: TextToolCallFilter?
    private var document: [UInt8] = []
    private var hasSeenEvent = false

    init(exchange: ChatExchange, output: ChatExchange.Output, requestID: String?) {
        let configuration = exchange.client.configuration
        self.output = output
        self.requestID = requestID
        // Escapes make JSON longer than its text, at most six times; what is around it is small.
        maximumSize = configuration.maximumAnswerSize * 6 + (64 << 10)
        parser = ServerSentEventParser(maximumEventSize: maximumSize)
        assembler = ChatCompletionAssembler(maximumAnswerSize: configuration.maximumAnswerSize)
        if configuration.recognisesTextToolCalls && !exchange.request.tools.isEmpty {
            filter = TextToolCallFilter(tools: exchange.request.tools)
        }
    }

    /// Whether the answer is whole but for its usage.
    var isComplete: Bool { assembler.isComplete }

    mutating func take(_ bytes: some Collection<UInt8>) throws(ExchangeFailure) {
        if form == .unknown {
            let first = bytes.first { $0 != 0x20 && $0 != 0x0A && $0 != 0x0D && $0 != 0x09 }
            switch first {
            case nil: break
            case UInt8(ascii: "{"), UInt8(ascii: "["): form = .document
            case UInt8(ascii: "<"): form = .rubbish
            default: form = .events
            }
        }
        switch form {
        case .unknown: break
        case .events:
            do {
                for event in try parser.append(bytes) { try take(event) }
            } catch let failure as ExchangeFailure {
                throw failure
            } catch {
                throw tooLarge
            }
        case .document:
            if document.count + bytes.count > maximumSize { throw tooLarge }
            document += bytes
        case .rubbish:
            document += bytes.prefix(max(0, 4096 - document.count))
        }
    }

    /// Ends the answer at the end of the body.
    mutating func finish() throws(ExchangeFailure) {
        if isOver { return }
        switch form {
        case .unknown:
            throw .unfinished
        case .events:
            for event in (try? parser.finish()) ?? [] where !isOver {
                // What the end of the stream cut off is no event: the rules for an unfinished answer decide.
                if case .data(let bytes) = event, (try? JSONValue.parse(bytes)) == nil, !Self.isDone(bytes) { continue }
                try take(event)
            }
            if isOver { return }
            if !hasSeenEvent { throw .malformed("The endpoint answered with something that is no event stream.") }
        case .document:
            guard let value = try? JSONValue.parse(document) else {
                throw .malformed("The endpoint answered with JSON that cannot be read.")
            }
            if value["choices"] == nil && value["error"] == nil {
                throw .malformed("The endpoint answered with JSON that is no chat completion.")
            }
            try take(value)
        case .rubbish:
            let said = UpstreamFailure(body: document).message ?? ""
            throw .malformed("The endpoint answered with something that is no event stream: \(said)")
        }
        try end()
    }

    /// Passes on the text that was held back, where the caller has seen a part of an answer that breaks off.
    mutating func abandon() {
        if output.hasBegun, !isOver, let events = filter?.release() { output.yield(events) }
    }

    private var tooLarge: ExchangeFailure { .malformed("The answer is larger than allowed.") }

    private mutating func take(_ event: ServerSentEventParser.Event) throws(ExchangeFailure) {
        if isOver { return }
        hasSeenEvent = true
        switch event {
        case .error(let bytes):
            abandon()
            throw .reported(UpstreamFailure(body: bytes), requestID: requestID)
        case .data(let bytes):
            if Self.isDone(bytes) {
                assembler.sawDone()
                try end()
                return
            }
            guard let chunk = try? JSONValue.parse(bytes) else {
                abandon()
                throw .malformed("The stream holds data that is not JSON.")
            }
            try take(chunk)
        }
    }

    private mutating func take(_ chunk: JSONValue) throws(ExchangeFailure) {
        do {
            pass(on: try assembler.take(chunk))
        } catch {
            throw translated(error)
        }
    }

    private mutating func end() throws(ExchangeFailure) {
        do {
            pass(on: try assembler.finish())
            isOver = true
            output.finish()
        } catch {
            throw translated(error)
        }
    }

    private mutating func translated(_ failure: ChatCompletionAssembler.Failure) -> ExchangeFailure {
        abandon()
        return switch failure {
        case .reported(let failure): .reported(failure, requestID: requestID)
        case .tooLarge: tooLarge
        case .unfinished: .unfinished
        }
    }

    private mutating func pass(on events: [ModelEvent]) {
        guard filter != nil else { return output.yield(events) }
        for event in events { output.yield(filter?.take(event) ?? [event]) }
    }

    private static func isDone(_ bytes: [UInt8]) -> Bool {
        String(decoding: bytes.prefix(16), as: UTF8.self).filter { !$0.isWhitespace } == "[DONE]"
    }
}
