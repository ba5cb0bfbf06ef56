// Turnledger. SPDX-License-Identifier: Apache-2.0

public import TurnledgerStore

/// What a user does in a thread, and where it goes.
public struct Turn: Sendable {
    /// Begun by its first turn.
    public var thread: ThreadID
    /// Who asks: a thread of another owner is not found.
    public var owner: String
    /// Set on a thread that the turn begins; an existing one keeps its own.
    public var labels: [String: String]
    /// What is done.
    public var action: TurnAction
    /// The same key in the same thread is the same turn. By default it follows from the action.
    public var idempotencyKey: String?
    /// A key that the owner has chosen for the request: the same key of the same owner is the same turn, whatever the
    /// thread.
    public var requestKey: String?
    /// What happens where another run of the thread is active; `nil`: what the service does by default.
    public var whileBusy: BusyPolicy?

    public init(
        thread: ThreadID, owner: String, labels: [String: String] = [:], action: TurnAction,
        idempotencyKey: String? = nil, requestKey: String? = nil, whileBusy: BusyPolicy? = nil
    ) {
        self.thread = thread
        self.owner = owner
        self.labels = labels
        self.action = action
        self.idempotencyKey = idempotencyKey
        self.requestKey = requestKey
        self.whileBusy = whileBusy
    }

    /// A message to be answered.
    ///
    /// - `message`: A human message; its ID is the client's.
    public init(
        thread: ThreadID, owner: String, labels: [String: String] = [:], message: Message,
        idempotencyKey: String? = nil,
        whileBusy: BusyPolicy? = nil
    ) {
        self.init(
            thread: thread, owner: owner, labels: labels, action: .send(message), idempotencyKey: idempotencyKey,
            whileBusy: whileBusy)
    }
}

/// What a user does in a thread.
///
/// Nothing is destroyed: what an edit or a regeneration takes out of the conversation stays in the thread's earlier
/// checkpoints.
public enum TurnAction: Hashable, Sendable {
    /// Says something.
    case send(Message)
    /// Says what was said under the message's ID in other words: all behind it is taken out and answered anew. A message
    /// that the thread does not have is sent.
    case edit(Message)
    /// Has a message answered anew: that of `asking`, or the one which the message `answer` answers, or else the last
    /// one. Where the thread has no such message, `asking` is sent.
    case regenerate(asking: Message?, answer: String?)
    /// Answers tool calls that wait: the message that made them goes on. Answers to calls that do not wait count for
    /// nothing.
    case answer([CallAnswer])
}

/// What happens to a turn while another run of its thread is active.
public enum BusyPolicy: String, Sendable, CaseIterable {
    /// It is refused: `.busy`.
    case reject
    /// It waits for its turn; its message is stored at once.
    case enqueue
    /// The other run is stopped, keeps what it has said, and this one begins.
    case interrupt
    /// The other run is stopped and taken out of the conversation with its message, and this one begins.
    case rollback
}

extension Turn {
    /// What tells this turn from others of its thread.
    ///
    /// - Throws: `.invalid` for a message without an ID, or with one that cannot be stored.
    var key: String {
        get throws(StoreError) {
            switch action {
            case .send(let message):
                guard let id = message.id else { throw StoreError(.invalid, "The message has no id.") }
                try ThreadID.validate(id, as: "message id")
                return idempotencyKey ?? id
            case .edit(let message):
                guard let id = message.id else { throw StoreError(.invalid, "The message has no id.") }
                try ThreadID.validate(id, as: "message id")
                return idempotencyKey ?? "edit \(id) \(Self.digest(of: message))"
            case .regenerate(let asking, let answer):
                if let id = asking?.id { try ThreadID.validate(id, as: "message id") }
                // Without the answer's ID each request is one of its own.
                return idempotencyKey ?? "regenerate \(answer ?? UniqueID.random())"
            case .answer(let answers):
                let stored = MessagePack.encode(.array(answers.map(\.stored)))
                return idempotencyKey ?? "answer \(Self.uuid(of: String(decoding: stored, as: UTF8.self)))"
            }
        }
    }

    /// The run of a request with a key of its owner's: the same for the same key, so that no two are made.
    func runID(failures: Int) -> RunID? {
        guard let requestKey else { return nil }
        return RunID("run_" + Self.uuid(of: "\(owner)\u{0}\(requestKey)\u{0}\(failures)"))
    }

    private static func digest(of message: Message) -> String {
        uuid(of: String(decoding: MessagePack.encode(message.payload), as: UTF8.self))
    }

    private static func uuid(of name: String) -> String {
        UniqueID.version5(namespace: Array("Turnledger turns".utf8), name: name)
    }
}
