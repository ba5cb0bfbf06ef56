// Turnledger. SPDX-License-Identifier: Apache-2.0

import Logging
import Synchronization
import TurnledgerGraph
import TurnledgerStore

/// The agentic workflow: a model that asks for tools until it answers.
///
/// Two nodes, named as LangChain's `create_agent` names them: `model` reads `messages` and sends each tool call to
/// `tools`; `tools` answers one call and leads back to `model`. So Python continues these threads.
struct AgentGraph: Sendable {
    let graph: CompiledGraph<DynamicState>

    /// - `owner`: Whose the thread is: rules of approval may ask.
    /// - `form`: How the thread keeps its messages.
    /// - `stop`: Ends the run early: what the model has said is kept, calls that have no result are answered.
    /// - `emit`: Takes the run's events in order.
    init(
        model: any ModelClient, tools: ToolBox, run: RunID, thread: ThreadID, owner: String = "", systemPrompt: String?,
        form: ThreadStorage.Messages = .plain, services: GraphServices, stop: StopSignal,
        emit: @escaping @Sendable ([RunEvent]) -> Void, trace: RunTrace
    ) throws {
        let modelNode = Node<DynamicState>(raw: "model", leadingTo: ["tools", .end]) { context in
            if stop.heed() { return NodeOutput(next: [.end]) }
            let messages = MessageList.messages(of: context[MessageList.channel])
            let answered =
                messages.lastIndex { $0.role == .human }.map { messages[$0...].count { $0.role == .ai } } ?? 0
            var request = ModelRequest(messages: MessageRepair.repaired(messages), tools: tools.descriptions)
            if let systemPrompt { request.messages.insert(.system(systemPrompt), at: 0) }
            if answered > 0 { emit([.stepFinished]) }
            let answer = Mutex(
                AnswerBuilder(
                    id: Self.messageID(of: run, answer: answered), model: model.name, tools: tools,
                    sources: tools.sources(in: RunReplay.lastAnswer(in: messages))))
            emit([.stepStarted])
            trace.reached(.modelCalled)
            let call = ModelCallMeasure(model: model, trace: trace)
            let isComplete: Void?
            do {
                isComplete = try await stop.racing { [request] in
                    try await withTaskExecutorPreference(model.executor) {
                        try await call.within {
                            for try await event in try await model.stream(request) {
                                call.received(event)
                                emit(answer.withLock { $0.take(event) })
                            }
                        }
                    }
                    try Task.checkCancellation()
                }
            } catch {
                call.failed(error)
                throw error
            }
            call.ended(isComplete == nil ? "stopped" : "ok")
            let end = try answer.withLock { answer in isComplete == nil ? answer.stop() : try answer.finish() }
            emit(end.events)
            return end.output
        }

        let repeatability = Repeatability.deciding(
            { context in
                guard let call = Self.call(in: context) else { return true }
                // What asks first has not begun.
                if tools.wait(for: call, of: owner) != nil, !context.isAnswered { return true }
                return tools.isRepeatable(call.name)
            },
            afterLostOutcome: { context in
                guard let call = Self.call(in: context) else { return NodeOutput(next: [.to("model")]) }
                let text = """
                    '\(call.name)' had begun when the server stopped, and may not run twice. Whether it took effect is \
                    not known. Tell the user, and ask before you try again.
                    """
                emit([.toolOutputFailed(call: call.id, message: text)])
                return Self.output(.tool(text, answering: call, id: context.taskID.rawValue, status: .error))
            })
        let toolsNode = Node<DynamicState>(raw: "tools", leadingTo: ["model"]) { context in
            guard let call = Self.call(in: context) else { return NodeOutput(next: [.to("model")]) }
            let id = context.taskID.rawValue
            if let kind = tools.wait(for: call, of: owner),
                let message = try Self.wait(for: kind, call, in: context, trace: trace, emit: emit)
            {
                return Self.output(message)
            }
            trace.reached(.toolRunning)
            let progress = ToolProgress { emit([.toolProgress(call: call.id, output: $0)]) }
            let began = ContinuousClock.now
            let span = trace.toolCall(tools.label(of: call), task: id)
            defer { span.end() }
            let outcome = try await stop.racing {
                try await span.within {
                    try await ToolProgress.$current.withValue(progress) {
                        try await tools.run(ToolContext(thread: thread, run: run, call: call, idempotencyKey: id))
                    }
                }
            }
            trace.toolCallEnded(
                tools.label(of: call), outcome?.label ?? "stopped", in: outcome?.hasRun == false ? nil : .now - began)
            span.outcome(outcome?.label ?? "stopped")
            switch outcome {
            case nil:
                let text = AnswerBuilder.stoppedTool
                emit([.toolOutputFailed(call: call.id, message: text)])
                return Self.output(.tool(text, answering: call, id: id, status: .error))
            case .output(let value):
                emit([.toolOutput(call: call.id, output: value)])
                return Self.output(.tool(result: value, answering: call, id: id))
            case .failed(let text):
                emit([.toolOutputFailed(call: call.id, message: text)])
                return Self.output(.tool(text, answering: call, id: id, status: .error))
            case .refused(let text):
                // Followers saw it when the model had made the call.
                return Self.output(.tool(text, answering: call, id: id, status: .error))
            }
        }.repeatability(repeatability)

        graph = try StateGraph(channels: [(MessageList.channel, MessageList.kind(form))], name: "agent") {
            modelNode
            toolsNode
            Edge(from: .start, to: "model")
        }.compile(services: services)
    }

    /// The ID of a run's `answer`-th AI message: the same in every attempt, and known before the model is called.
    static func messageID(of run: RunID, answer: Int) -> String { messagePrefix(of: run) + "\(answer)" }

    /// What the IDs of all AI messages of a run begin with.
    static func messagePrefix(of run: RunID) -> String { "lc_run--\(run.uuid)-" }

    /// Asks about a call, and returns what the answer makes of it: its result; `nil`: the tool may run.
    ///
    /// - Throws: `GraphInterrupted` until it is answered.
    private static func wait(
        for kind: WaitingCall.Kind, _ call: ToolCall, in context: TaskContext, trace: RunTrace,
        emit: ([RunEvent]) -> Void
    ) throws -> Message? {
        let id = context.taskID.rawValue
        let answer: PayloadMap
        do {
            answer = try context.interrupt(WaitingCall.question(kind, call)).map ?? [:]
        } catch let error as GraphInterrupted {
            if kind == .approval, let question = error.interrupts.first {
                emit([.approvalRequested(id: question.id, call: call.id)])
            }
            throw error
        }
        switch kind {
        case .approval:
            if answer["approved"]?.bool == true { return nil }
            emit([.toolDenied(call: call.id)])
            trace.toolCallEnded(call.name, "denied", in: nil)
            return .denied(call, id: id, reason: answer["reason"]?.string)
        case .output:
            trace.toolCallEnded(call.name, answer["error"]?.string == nil ? "ok" : "failed", in: nil)
            if let text = answer["error"]?.string {
                emit([.toolOutputFailed(call: call.id, message: text)])
                return .tool(text, answering: call, id: id, status: .error)
            }
            let output = answer["output"].flatMap { JSONValue($0) } ?? .null
            emit([.toolOutput(call: call.id, output: output)])
            return .tool(result: output, answering: call, id: id)
        }
    }

    private static func output(_ message: Message) -> NodeOutput {
        NodeOutput([.init(MessageList.channel, .array([message.payload]))], next: [.to("model")])
    }

    /// The call that a send gave a task: `[tool_call]`, or LangGraph's `tool_call_with_context`.
    private static func call(in context: TaskContext) -> ToolCall? {
        guard let sent = context.sent else { return nil }
        if let first = sent.array?.first { return ToolCall(first) }
        return sent.map.flatMap { ToolCall($0["tool_call"] ?? sent) }
    }
}

/// The agentic workflow as a drawing.
public enum AgentDrawing {
    /// A Mermaid flowchart of the graph that every agent runs.
    public static var mermaid: String {
        get throws {
            try AgentGraph(
                model: NoModel(), tools: ToolBox([]), run: RunID("run_drawing"), thread: "drawing", systemPrompt: nil,
                services: GraphServices(), stop: StopSignal(), emit: { _ in },
                trace: RunTrace(run: RunID("run_drawing"), logger: Logger(label: "drawing"))
            ).graph.graph.mermaid
        }
    }
}

/// What is never asked.
private struct NoModel: ModelClient {
    let name = "none"

    func stream(_ request: ModelRequest) throws(ModelError) -> ModelStream {
        throw ModelError(.notFound, "A drawing has no model.")
    }

    func check() throws(ModelError) {}
}
