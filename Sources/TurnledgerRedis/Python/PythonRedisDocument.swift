// Turnledger. SPDX-License-Identifier: Apache-2.0

internal import TurnledgerStore

/// A document of langgraph-checkpoint-redis: a checkpoint or a pending write, of any of its versions.
///
/// IDs are taken from the document alone: a key cannot be cut into its parts, because a thread's ID may hold what
/// separates them. 0.0.x stored a checkpoint under the ID of its parent; the true one stands within.
enum PythonRedisDocument {
    case checkpoint(Checkpoint)
    case write(CheckpointReference, PendingWrite)
    /// `{"has_writes": true}`: what is left where writes came before their checkpoint.
    case stub

    static let emptyNamespace = "__empty__"
    private static let emptyID = "00000000-0000-0000-0000-000000000000"

    /// - Throws: `.undecodable`, `.unsupported`: what about the document cannot be read.
    init(_ bytes: [UInt8]) throws(StoreError) {
        var emptied: Set<String> = []
        try self.init(bytes, emptied: &emptied)
    }

    /// - Parameter emptied: Takes in the classes of objects whose content the saver did not keep.
    init(_ bytes: [UInt8], emptied: inout Set<String>) throws(StoreError) {
        guard let json = try JSONValue.parse(bytes).object else {
            throw StoreError(.undecodable, "The document is no object.")
        }
        if json["task_id"] != nil {
            self = try Self.write(json, &emptied)
        } else if let checkpoint = json["checkpoint"]?.object {
            self = try Self.checkpoint(json, checkpoint, &emptied)
        } else if json["has_writes"] != nil {
            self = .stub
        } else {
            throw StoreError(.undecodable, "The document is neither a checkpoint nor a write.")
        }
    }

    private static func checkpoint(
        _ json: JSONObject, _ document: JSONObject, _ emptied: inout Set<String>
    ) throws(StoreError) -> Self {
        guard let thread = json["thread_id"]?.string.map(ThreadID.init(_:)) else {
            throw StoreError(.undecodable, "The document has no thread_id.")
        }
        guard let id = document["id"]?.string, !id.isEmpty else {
            throw StoreError(.undecodable, "The checkpoint has no id.")
        }
        var checkpoint = CheckpointRow.checkpoint(
            of: document,
            at: CheckpointReference(thread: thread, namespace: namespace(json), id: CheckpointID(id)),
            parent: parent(json, id: id), metadata: try metadata(json))
        let own = json["turnledger"]?.object ?? [:]
        let exact = own["values"]?.object ?? [:]
        for member in document["channel_values"]?.object ?? [:] where exact[member.key] == nil {
            checkpoint.channelValues[member.key] = try PythonRedisValue.payload(member.value, emptied: &emptied)
        }
        // What the saver adds: how it wrote the values, and a list that is empty since LangGraph's format 4.
        checkpoint.extra["type"] = nil
        if checkpoint.extra["pending_sends"] == [] { checkpoint.extra["pending_sends"] = nil }
        for member in own["members"]?.object ?? [:] { checkpoint.extra[member.key] = member.value }
        for member in exact {
            guard let type = member.value["type"]?.string,
                let bytes = member.value["blob"]?.string.flatMap(PythonRedisValue.bytes(base64:))
            else { throw StoreError(.undecodable, "The exact value of a channel is no type with base64.") }
            checkpoint.channelValues[member.key] = Payload(type: type, bytes: bytes)
        }
        return .checkpoint(checkpoint)
    }

    private static func write(_ json: JSONObject, _ emptied: inout Set<String>) throws(StoreError) -> Self {
        guard let thread = json["thread_id"]?.string.map(ThreadID.init(_:)),
            let id = json["checkpoint_id"]?.string, let task = json["task_id"]?.string,
            let index = json["idx"]?.integer.flatMap(Int.init(exactly:)), let channel = json["channel"]?.string
        else { throw StoreError(.undecodable, "The write lacks thread, checkpoint, task, index or channel.") }
        let (type, blob) = (json["type"]?.string ?? "", json["blob"]?.string ?? "")
        let value: Payload
        if json["turnledger"] == true, let bytes = PythonRedisValue.bytes(base64: blob) {
            value = Payload(type: type, bytes: bytes)
        } else {
            value = try PythonRedisValue.write(type: type, blob: blob, channel: channel, emptied: &emptied)
        }
        return .write(
            CheckpointReference(thread: thread, namespace: namespace(json), id: CheckpointID(id)),
            PendingWrite(
                taskID: TaskID(task), taskPath: json["task_path"]?.string ?? "", index: index, channel: channel,
                value: value))
    }

    private static func namespace(_ json: JSONObject) -> Namespace {
        let text = json["checkpoint_ns"]?.string ?? ""
        return Namespace(text == emptyNamespace ? "" : text)
    }

    private static func parent(_ json: JSONObject, id: String) -> CheckpointID? {
        let given = json["parent_checkpoint_id"]?.string ?? ""
        // 0.0.x: the document's own ID is the parent's.
        let outer = json["checkpoint_id"]?.string ?? id
        let parent = outer == id ? given : outer
        return parent.isEmpty || parent == "None" || parent == emptyID || parent == id ? nil : CheckpointID(parent)
    }

    /// JSON in a text, or as it is where a shallow saver wrote it.
    private static func metadata(_ json: JSONObject) throws(StoreError) -> JSONObject {
        switch json["metadata"] {
        case .string(let text)?:
            guard let object = try JSONValue.parse(text).object else {
                throw StoreError(.undecodable, "The checkpoint's metadata is no object.")
            }
            return object
        case .object(let object)?: return object
        default: return [:]
        }
    }
}
