// Turnledger. SPDX-License-Identifier: Apache-2.0

import TurnledgerAgent
import TurnledgerStore

/// A chat request of an AI SDK client, checked.
///
/// Body: `{"id" or "chatId": …, "messages": [UIMessage, …] or "message": UIMessage, "trigger"?, "messageId"?,
/// "whileBusy"?}`; other members are ignored. The thread's own history counts: of `messages` only the last one is taken: a
/// user's, or an assistant's with answers to tool calls.
struct ChatRequest {
    let thread: ThreadID
    let action: TurnAction
    /// What is to happen while another run is active; `nil`: as configured.
    let whileBusy: BusyPolicy?
    /// Whether a client of version 4 asks: its messages have their text in `content`, and its bodies no trigger.
    let isVersion4: Bool

    /// What one body may hold, besides its size.
    private static let depthLimit = 64
    private static let valueLimit = 2_000_000

    /// - Parameter maximumFileSize: The most bytes of a file whose URL holds it.
    /// - Throws: `RequestError` with 400 or 413 and one sentence.
    init(body: [UInt8], maximumFileSize: Int, newMessageID: () -> String) throws(RequestError) {
        guard !body.isEmpty else { throw .invalid("The request has no body; it must be a JSON object.") }
        let json: JSONValue
        do {
            let limits = PayloadLimits(depth: Self.depthLimit, values: Self.valueLimit, bytes: body.count)
            json = try JSONValue.parse(body, limits: limits)
        } catch {
            throw .invalid("The body is not valid JSON: \(error.detail)")
        }
        guard case .object(let object) = json else { throw .invalid("The body must be a JSON object.") }
        thread = try Self.thread(in: object)
        whileBusy = try Self.text("whileBusy", in: object).map(BusyPolicy.init(named:))
        let messageID = try Self.text("messageId", in: object)
        let trigger = try Self.text("trigger", in: object)
        let last: JSONObject? =
            if case .object(let message)? = object["message"] ?? object["messages"]?.array?.last { message } else {
                nil
            }
        isVersion4 = trigger == nil && last?["content"]?.string != nil
        switch trigger {
        case nil, "submit-message":
            let answers = last.map(ClientAnswers.answers) ?? []
            if !answers.isEmpty {
                action = .answer(answers)
                return
            }
            let message = try ClientMessage.human(
                from: Self.lastMessage(in: object), maximumFileSize: maximumFileSize, newID: newMessageID)
            // The id of a user's message says that the user has changed it.
            action = messageID != nil && messageID == message.id ? .edit(message) : .send(message)
        case "regenerate-message":
            var question: Message?
            if let last, last["role"]?.string == "user" {
                question = try ClientMessage.human(
                    from: last, maximumFileSize: maximumFileSize, newID: newMessageID)
            }
            action = .regenerate(asking: question, answer: messageID)
        default: throw .invalid("The trigger must be 'submit-message' or 'regenerate-message'.")
        }
    }

    private static func text(_ name: String, in body: JSONObject) throws(RequestError) -> String? {
        guard let value = body[name], !value.isNull else { return nil }
        guard let text = value.string else { throw .invalid("'\(name)' must be a string.") }
        return text
    }

    private static func thread(in body: JSONObject) throws(RequestError) -> ThreadID {
        guard let value = body["id"] ?? body["chatId"], !value.isNull else {
            throw .invalid("The chat's 'id' is missing.")
        }
        guard let text = value.string else { throw .invalid("The chat's 'id' must be a string.") }
        do {
            return try ThreadID(validating: text)
        } catch {
            throw .invalid(error.detail)
        }
    }

    /// The message to answer. Every message of a history must have a known role, though only the last is used.
    private static func lastMessage(in body: JSONObject) throws(RequestError) -> JSONObject {
        if let single = body["message"], !single.isNull {
            guard case .object(let message) = single else { throw .invalid("'message' must be an object.") }
            try checkRole(of: message, at: "'message'", isLast: true)
            return message
        }
        guard let list = body["messages"], !list.isNull else { throw .invalid("'messages' is missing.") }
        guard let messages = list.array else { throw .invalid("'messages' must be an array.") }
        guard !messages.isEmpty else { throw .invalid("'messages' is empty; it must end with the user's message.") }
        var last = JSONObject()
        for (index, value) in messages.enumerated() {
            guard case .object(let message) = value else {
                throw .invalid("Message \(index + 1) must be an object.")
            }
            try checkRole(of: message, at: "message \(index + 1)", isLast: index == messages.count - 1)
            last = message
        }
        return last
    }

    private static func checkRole(of message: JSONObject, at place: String, isLast: Bool) throws(RequestError) {
        guard let role = message["role"], !role.isNull else { throw .invalid("The role of \(place) is missing.") }
        switch role.string {
        case "user": return
        case "assistant" where isLast:
            throw .invalid("The last message is the assistant's; it must be a user's message that is to be answered.")
        case "system" where isLast:
            throw .invalid("The last message is a system message; it must be a user's message that is to be answered.")
        case "assistant", "system": return
        case let other?:
            throw .invalid("The role '\(other.prefix(40))' of \(place) is not known: say user, assistant or system.")
        case nil: throw .invalid("The role of \(place) must be a string.")
        }
    }
}

extension BusyPolicy {
    /// - Throws: `RequestError` with 400.
    init(named name: String) throws(RequestError) {
        guard let policy = BusyPolicy(rawValue: name) else {
            let names = BusyPolicy.allCases.map(\.rawValue).joined(separator: ", ")
            throw .invalid("'whileBusy' must be one of \(names).")
        }
        self = policy
    }
}
