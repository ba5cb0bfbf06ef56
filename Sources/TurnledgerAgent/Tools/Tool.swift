// Turnledger. SPDX-License-Identifier: Apache-2.0

public import TurnledgerStore

/// Something that a model can ask to be done.
///
/// Its shape is that of the tools of FoundationModels: a name, a description, typed arguments, and `call(arguments:)`.
/// The JSON Schema of the arguments is derived from their `Decodable` conformance: see `JSONSchema`.
public protocol Tool<Arguments, Output>: Sendable {
    /// What the model must give: an object. Optional properties may be left out.
    associatedtype Arguments: Decodable & Sendable
    /// The result, as JSON for the client and as text for the model.
    associatedtype Output: Encodable & Sendable

    /// 1 to 64 letters, digits, `_` and `-`.
    var name: String { get }

    /// When and how to use the tool, for the model.
    var description: String { get }

    /// What each argument means, by its name; goes into the schema.
    var argumentDescriptions: [String: String] { get }

    /// Whether the tool may run again after a crash in the middle of it. `false`: an interrupt asks instead.
    ///
    /// Each call has an ID that is the same in a repeat: `ToolContext.current?.idempotencyKey`.
    var isRepeatable: Bool { get }

    /// Whether clients know nothing of the tool's arguments and results, as of one that is found while the server runs: AI SDK
    /// clients get its calls as parts of type `dynamic-tool`.
    var isDynamic: Bool { get }

    /// Does the work. An error goes back to the model as text: throw `ToolError` with one that it can act on.
    func call(arguments: Arguments) async throws -> Output
}

extension Tool {
    public var argumentDescriptions: [String: String] { [:] }
    public var isRepeatable: Bool { true }
    public var isDynamic: Bool { false }
}

/// Where a tool call stands; of the tool that runs: `ToolContext.current`.
public struct ToolContext: Hashable, Sendable {
    /// That of the call that is running; `nil` outside `Tool.call(arguments:)`.
    @TaskLocal public static var current: ToolContext?

    /// The conversation.
    public var thread: ThreadID
    /// The run that the call is part of.
    public var run: RunID
    /// The call as the model made it.
    public var call: ToolCall
    /// The ID of the call's task: the same when the call is repeated after a crash.
    public var idempotencyKey: String

    public init(thread: ThreadID, run: RunID, call: ToolCall, idempotencyKey: String) {
        self.thread = thread
        self.run = run
        self.call = call
        self.idempotencyKey = idempotencyKey
    }
}

/// Takes the preliminary results of the tool that runs.
///
/// A class, since the optimizer of Swift 6.3 mistakes the type of a task-local value that is a closure, and the process
/// ends at the push.
final class ToolProgress: Sendable {
    @TaskLocal static var current: ToolProgress?

    let report: @Sendable (JSONValue) -> Void

    init(_ report: @escaping @Sendable (JSONValue) -> Void) { self.report = report }
}

extension ToolContext {

    /// Shows how far the running tool has come to whoever follows the run: in the place where the result will be. Neither the
    /// model nor the thread gets it. Does nothing outside `Tool.call(arguments:)`.
    public static func report(_ preliminary: some Encodable) throws {
        guard let progress = ToolProgress.current else { return }
        progress.report(try JSONValueEncoder().encode(preliminary))
    }
}

/// A failure that the model should read.
public struct ToolError: Error, CustomStringConvertible {
    /// What went wrong and what to do about it, in the model's terms.
    public let description: String

    public init(_ description: String) { self.description = description }
}
