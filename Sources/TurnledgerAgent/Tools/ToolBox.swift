// Turnledger. SPDX-License-Identifier: Apache-2.0

import TurnledgerStore

/// The tools of an agent, by name.
struct ToolBox: Sendable {
    private let entries: [String: Entry]
    private let clientTools: [String: ClientTool]
    private let approval: [ApprovalRule]
    /// What the model is told, in the order in which the tools were given.
    let descriptions: [ToolDescription]

    /// How a tool call ended.
    enum Outcome: Hashable, Sendable {
        case output(JSONValue)
        /// The tool ran and failed.
        case failed(String)
        /// The call does not fit a tool: nothing ran.
        case refused(String)

        /// The outcome in a word, for metrics.
        var label: String {
            switch self {
            case .output: "ok"
            case .failed: "failed"
            case .refused: "refused"
            }
        }

        var hasRun: Bool { if case .refused = self { false } else { true } }
    }

    private struct Entry: Sendable {
        let schema: JSONSchema
        let isRepeatable: Bool
        let isDynamic: Bool
        /// What can be cited of a result; `nil`: nothing.
        let sources: (@Sendable (JSONValue) -> [CitableSource])?
        let call: @Sendable (JSONObject) async throws -> JSONValue
    }

    /// - Throws: `SchemaError` for a tool whose arguments have no schema; `GraphError` for two tools of one name.
    init(_ tools: [any Tool], client: [ClientTool] = [], approval: [ApprovalRule] = []) throws {
        var entries: [String: Entry] = [:]
        var descriptions: [ToolDescription] = []
        for tool in tools {
            let entry = try Self.entry(of: tool)
            guard entries.updateValue(entry, forKey: tool.name) == nil else {
                throw SchemaError(description: "Two tools are named '\(tool.name)'.")
            }
            descriptions.append(
                ToolDescription(name: tool.name, description: tool.description, parameters: entry.schema.json))
        }
        var clientTools: [String: ClientTool] = [:]
        for tool in client {
            guard entries[tool.name] == nil, clientTools.updateValue(tool, forKey: tool.name) == nil else {
                throw SchemaError(description: "Two tools are named '\(tool.name)'.")
            }
            descriptions.append(
                ToolDescription(name: tool.name, description: tool.description, parameters: tool.parameters.json))
        }
        self.entries = entries
        self.clientTools = clientTools
        self.approval = approval
        self.descriptions = descriptions
    }

    /// Whether a call may run again after a crash. A call that fits no tool does nothing and may.
    func isRepeatable(_ name: String) -> Bool { entries[name]?.isRepeatable ?? true }

    /// A call's tool for metrics: a name that a model made up must not become a label.
    func label(of call: ToolCall) -> String {
        entries[call.name] != nil || clientTools[call.name] != nil ? call.name : "unknown"
    }

    /// Whether clients know nothing of a tool's shape.
    func isDynamic(_ name: String) -> Bool { entries[name]?.isDynamic ?? clientTools[name]?.isDynamic ?? false }

    /// What an answer to these messages can cite: what their tools have found, each once.
    func sources(in messages: some Sequence<Message>) -> [CitableSource] {
        var seen: Set<String> = []
        return messages.flatMap { message -> [CitableSource] in
            guard message.role == .tool, message.status != .error, let name = message.name,
                let sources = entries[name]?.sources
            else { return [] }
            return sources(message.toolOutput)
        }.filter { seen.insert($0.source.id).inserted }
    }

    /// What a call has to wait for before it has a result; `nil`: nothing. A call that fits no tool does not wait.
    func wait(for call: ToolCall, of owner: String) -> WaitingCall.Kind? {
        guard refusal(of: call) == nil else { return nil }
        if clientTools[call.name] != nil { return .output }
        return approval.contains { $0.applies(to: call, of: owner) } ? .approval : nil
    }

    /// What in a call does not fit its tool, or `nil`.
    func refusal(of call: ToolCall) -> String? {
        guard let schema = entries[call.name]?.schema ?? clientTools[call.name]?.parameters else {
            let known = descriptions.map(\.name).joined(separator: ", ")
            return "There is no tool '\(call.name)'. The tools are: \(known)."
        }
        let violations = schema.violations(of: .object(call.arguments))
        return violations.isEmpty ? nil : "The arguments do not fit. " + violations.joined(separator: " ")
    }

    /// Checks a call's arguments and runs its tool, with `ToolContext.current` set.
    /// - Throws: `CancellationError`; every other failure is an outcome.
    func run(_ context: ToolContext) async throws -> Outcome {
        if let refusal = refusal(of: context.call) { return .refused(refusal) }
        do {
            return .output(
                try await ToolContext.$current.withValue(context) {
                    try await entries[context.call.name]!.call(context.call.arguments)
                })
        } catch let error as CancellationError {
            throw error
        } catch let error as ToolError {
            return .failed(error.description)
        } catch let error as DecodingError {
            return .failed("The arguments do not fit. " + Self.sentence(error))
        } catch {
            try Task.checkCancellation()
            return .failed("The tool failed.")
        }
    }

    private static func entry<T: Tool>(of tool: T) throws -> Entry {
        var sources: (@Sendable (JSONValue) -> [CitableSource])?
        if let tool = tool as? any SourceTool { sources = { tool.sources(in: $0) } }
        return Entry(
            schema: try JSONSchema(of: T.Arguments.self, descriptions: tool.argumentDescriptions),
            isRepeatable: tool.isRepeatable, isDynamic: tool.isDynamic,
            sources: sources,
            call: { arguments in
                let typed = try JSONValueDecoder().decode(T.Arguments.self, from: .object(arguments))
                return try JSONValueEncoder().encode(try await tool.call(arguments: typed))
            })
    }

    private static func sentence(_ error: DecodingError) -> String {
        let context: DecodingError.Context? =
            switch error {
            case .typeMismatch(_, let context), .valueNotFound(_, let context), .keyNotFound(_, let context),
                .dataCorrupted(let context):
                context
            @unknown default: nil
            }
        let path = context?.codingPath.map(\.stringValue).joined(separator: ".") ?? ""
        return path.isEmpty ? "They cannot be read." : "'\(path)' cannot be read."
    }
}
