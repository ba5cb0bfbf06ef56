// Turnledger. SPDX-License-Identifier: Apache-2.0

import TurnledgerAgent
import TurnledgerStore

/// Finds an owner's threads by text in their titles or messages.
///
/// First come those whose titles have the text, then those whose messages have it; in both the last active first. Messages
/// are read thread by thread, so that nothing of them need be kept in an index, encrypted or not. A page reads no more than
/// so many threads: then it ends before it is full, with a cursor.
struct ThreadSearch: Sendable {
    let service: AgentService
    let store: any ConversationStore
    /// The most threads whose messages are read for a page.
    var readingLimit = 100

    private static let messagesMark = "messages:"
    private static let pageSize = 50

    func page(_ query: ThreadQuery) async throws -> ThreadPage {
        guard let text = query.text else { return try await store.threads(query) }
        var found: [ThreadRecord] = []
        var place: String?
        if let cursor = query.cursor, cursor.hasPrefix(Self.messagesMark) {
            let rest = String(cursor.dropFirst(Self.messagesMark.count))
            place = rest.isEmpty ? nil : rest
        } else {
            let page = try await store.threads(query)
            guard page.next == nil else { return page }
            found = page.threads
        }
        var rest = query
        rest.text = nil
        rest.limit = Self.pageSize
        var read = 0
        while true {
            rest.cursor = place
            let page = try await store.threads(rest)
            for thread in page.threads {
                if found.count == query.limit || read == readingLimit {
                    return ThreadPage(threads: found, next: Self.messagesMark + (place ?? ""))
                }
                place = ThreadCursor(thread).text
                // Its title had its turn.
                if let title = thread.title, StoreRules.title(title, contains: text) { continue }
                read += 1
                if try await hasMessage(with: text, in: thread) { found.append(thread) }
            }
            guard let next = page.next else { return ThreadPage(threads: found, next: nil) }
            place = next
        }
    }

    /// Whether a question or an answer has the text; letters are compared without case, as in titles.
    private func hasMessage(with text: String, in thread: ThreadRecord) async throws -> Bool {
        do throws(AgentError) {
            return try await service.messages(of: thread.id).contains { message in
                (message.role == .human || message.role == .ai) && StoreRules.title(message.text, contains: text)
            }
        } catch {
            // One thread that cannot be read does not hide the others.
            if error.code == .unavailable { throw error }
            return false
        }
    }
}
