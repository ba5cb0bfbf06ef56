// Turnledger. SPDX-License-Identifier: Apache-2.0

package import TurnledgerStore

/// How threads and checkpoints look in JSON.
///
/// A thread: `{"id", "title"?, "owner", "labels", "status", "createdAt", "updatedAt", "head"?}`, times as RFC 3339.
/// A checkpoint: `{"id", "parent"?, "step"?, "source"?, "ts", "channels"}`, channels by name.
package enum ThreadJSON {
    private static let longestTitle = 500
    private static let mostLabels = 64
    private static let longestLabel = 256

    package static func thread(_ thread: ThreadRecord) -> JSONValue {
        var json: JSONObject = ["id": .string(thread.id.rawValue)]
        if let title = thread.title { json["title"] = .string(title) }
        json["owner"] = .string(thread.owner)
        let labels = thread.labels.sorted { $0.key < $1.key }
        json["labels"] = .object(JSONObject(members: labels.map { .init(key: $0.key, value: .string($0.value)) }))
        json["status"] = .string(thread.status.rawValue)
        json["createdAt"] = .string(thread.createdAt.rfc3339)
        json["updatedAt"] = .string(thread.updatedAt.rfc3339)
        if let head = thread.head { json["head"] = .string(head.rawValue) }
        return .object(json)
    }

    static func checkpoint(_ checkpoint: Checkpoint) -> JSONValue {
        var json: JSONObject = ["id": .string(checkpoint.id.rawValue)]
        if let parent = checkpoint.parent { json["parent"] = .string(parent.rawValue) }
        if let step = checkpoint.metadata.step { json["step"] = .integer(Int64(step)) }
        if let source = checkpoint.metadata.json["source"]?.string { json["source"] = .string(source) }
        json["ts"] = .string(checkpoint.timestamp)
        json["channels"] = .array(checkpoint.channelVersions.keys.sorted().map(JSONValue.string))
        return .object(json)
    }

    /// What a `PATCH` asks for: `{"title"?: text, "labels"?: {name: text}}`, at least one of them.
    static func changes(from json: JSONObject) throws(RequestError) -> ThreadChanges {
        var changes = ThreadChanges()
        for member in json {
            switch member.key {
            case "title":
                guard let title = member.value.string, !title.allSatisfy(\.isWhitespace) else {
                    throw .invalid("'title' must be a string that is not blank.")
                }
                guard title.count <= longestTitle else {
                    throw .invalid("'title' may have at most \(longestTitle) characters.")
                }
                changes.title = title
            case "labels": changes.labels = try labels(from: member.value)
            default:
                throw .invalid("There is no '\(member.key.prefix(40))' to change; there are 'title' and 'labels'.")
            }
        }
        guard changes.title != nil || changes.labels != nil else {
            throw .invalid("Nothing to change: give 'title', 'labels' or both.")
        }
        return changes
    }

    private static func labels(from json: JSONValue) throws(RequestError) -> [String: String] {
        guard case .object(let object) = json, object.count <= mostLabels else {
            throw .invalid("'labels' must be an object with at most \(mostLabels) members.")
        }
        var labels: [String: String] = [:]
        for member in object {
            guard let value = member.value.string, !member.key.isEmpty, member.key.utf8.count <= longestLabel,
                value.utf8.count <= longestLabel
            else { throw .invalid("Names and values of labels must be strings of at most \(longestLabel) bytes.") }
            labels[member.key] = value
        }
        return labels
    }
}
