// Turnledger. SPDX-License-Identifier: Apache-2.0

import TurnledgerAgent
import TurnledgerStore

/// A clause as a tool gives it.
struct FoundClause: Hashable, Sendable {
    var document: String
    var title: String
    var number: String
    var heading: String
    var text: String
    var status: String

    init?(_ value: JSONValue) {
        guard let text = value["text"]?.string, !text.isEmpty else { return nil }
        self.text = text
        let id = value["id"]?.string ?? ""
        let parts = id.split(separator: "#", maxSplits: 1).map(String.init)
        document = value["document"]?.string ?? parts.first ?? ""
        number = value["number"]?.string ?? (parts.count > 1 ? parts[1] : "")
        title = value["title"]?.string ?? ""
        switch value["heading"] {
        case .string(let heading)?: self.heading = heading
        case .array(let path)?: heading = path.compactMap(\.string).joined(separator: " ")
        default: heading = ""
        }
        status = value["status"]?.string ?? ""
    }

    /// "GB-X 12345, 5.5.18".
    var source: String { number.isEmpty ? document : document.isEmpty ? number : "\(document), \(number)" }
}

/// What a tool answered.
enum ToolResult: Hashable, Sendable {
    /// None where nothing was found.
    case clauses([FoundClause])
    case failed

    init(_ message: Message) {
        guard message.status == .success, let value = try? JSONValue.parse(message.text) else {
            self = .failed
            return
        }
        self.init(value)
    }

    init(_ value: JSONValue) {
        if let results = value["results"]?.array ?? value.array {
            self = .clauses(results.compactMap(FoundClause.init))
        } else if let clause = FoundClause(value["clause"] ?? value["result"] ?? value) {
            self = .clauses([clause])
        } else {
            self = .clauses([])
        }
    }
}
