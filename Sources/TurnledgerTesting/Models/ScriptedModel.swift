// Turnledger. SPDX-License-Identifier: Apache-2.0

import Synchronization
public import TurnledgerAgent

/// A model that plays a script: each request gets the next answer, and is recorded.
///
/// A request beyond the script's end is refused, so that a test sees it.
///
///     let model = ScriptedModel([.toolCalls([call]), .text("It is 1.4 m wide.")])
public final class ScriptedModel: ModelClient {
    /// One answer: steps that are played in order.
    public struct Answer: Sendable {
        /// A point of an answer.
        public enum Step: Sendable {
            /// Yields it.
            case event(ModelEvent)
            /// Waits until the gate is open; ends with the Swift task that reads the answer.
            case pass(Gate)
            /// Ends the stream with it.
            case fail(ModelError)
        }

        /// Thrown by the call itself, before any step.
        public var refusal: ModelError?
        /// Played in order; whoever reads sets the pace.
        public var steps: [Step]

        public init(_ steps: [Step], refusal: ModelError? = nil) {
            self.steps = steps
            self.refusal = refusal
        }

        /// Yields the events as they are: end them with `.finished`.
        public static func events(_ events: [ModelEvent]) -> Answer {
            Answer(events.map { .event($0) })
        }

        /// Streams a text word by word, then its usage, then the end.
        public static func text(_ text: String, usage: TokenUsage? = nil) -> Answer {
            var events: [ModelEvent] = pieces(of: text).map { .textDelta($0) }
            if let usage { events.append(.usage(usage)) }
            events.append(.finished(.stop))
            return .events(events)
        }

        /// Streams a text, where there is one, then whole tool calls.
        public static func toolCalls(_ calls: [ToolCall], text: String = "") -> Answer {
            var events: [ModelEvent] = pieces(of: text).map { .textDelta($0) }
            events += calls.map { .toolCall($0) }
            events.append(.finished(.toolCalls))
            return .events(events)
        }

        /// Fails, from the call or, behind some events, from the stream.
        public static func failure(_ error: ModelError, after events: [ModelEvent] = []) -> Answer {
            if events.isEmpty { return Answer([], refusal: error) }
            return Answer(events.map { .event($0) } + [.fail(error)])
        }

        /// The same answer, held at a gate before its step at `index`.
        public func waiting(at gate: Gate, beforeStep index: Int = 0) -> Answer {
            var copy = self
            copy.steps.insert(.pass(gate), at: min(index, copy.steps.count))
            return copy
        }

        private static func pieces(of text: String) -> [String] {
            var pieces: [String] = []
            var piece = ""
            for character in text {
                piece.append(character)
                if character == " " || character == "\n" {
                    pieces.append(piece)
                    piece = ""
                }
            }
            if !piece.isEmpty { pieces.append(piece) }
            return pieces
        }
    }

    /// Stands in the metadata of its answers.
    public let name: String

    private struct State {
        var requests: [ModelRequest] = []
        var checkCount = 0
        var cancelledCount = 0
        var checkFailure: ModelError?
    }

    private let state = Mutex(State())
    private let script: @Sendable (ModelRequest, Int) -> Answer

    /// Plays the answers in order.
    public convenience init(_ answers: [Answer], name: String = "scripted") {
        self.init(name: name) { _, index in
            if index < answers.count { return answers[index] }
            return .failure(
                ModelError(.refused, "The script has \(answers.count) answers; this is request \(index + 1)."))
        }
    }

    /// Makes each answer from its request and the request's number, from 0.
    public init(name: String = "scripted", answering script: @escaping @Sendable (ModelRequest, Int) -> Answer) {
        self.name = name
        self.script = script
    }

    /// The requests so far, oldest first.
    public var requests: [ModelRequest] { state.withLock { $0.requests } }

    /// How many requests there were so far.
    public var requestCount: Int { state.withLock { $0.requests.count } }

    /// How often `check()` was called.
    public var checkCount: Int { state.withLock { $0.checkCount } }

    /// How many answers stopped at a gate because whoever read them was cancelled.
    public var cancelledCount: Int { state.withLock { $0.cancelledCount } }

    /// Makes `check()` fail, or succeed again with `nil`.
    public func failChecks(with error: ModelError?) {
        state.withLock { $0.checkFailure = error }
    }

    public func stream(_ request: ModelRequest) async throws(ModelError) -> ModelStream {
        let index = state.withLock { state in
            state.requests.append(request)
            return state.requests.count - 1
        }
        let answer = script(request, index)
        if let refusal = answer.refusal { throw refusal }
        let player = Player(steps: answer.steps, model: self)
        return ModelStream { try await player.next() }
    }

    public func check() async throws(ModelError) {
        let failure = state.withLock { state in
            state.checkCount += 1
            return state.checkFailure
        }
        if let failure { throw failure }
    }

    private func countCancellation() {
        state.withLock { $0.cancelledCount += 1 }
    }

    /// Plays one answer as it is read.
    private actor Player {
        private var steps: ArraySlice<Answer.Step>
        private let model: ScriptedModel

        init(steps: [Answer.Step], model: ScriptedModel) {
            self.steps = steps[...]
            self.model = model
        }

        func next() async throws -> ModelEvent? {
            while let step = steps.popFirst() {
                switch step {
                case .event(let event): return event
                case .fail(let error): throw error
                case .pass(let gate):
                    do {
                        try await gate.pass()
                    } catch {
                        model.countCancellation()
                        throw error
                    }
                }
            }
            return nil
        }
    }
}
