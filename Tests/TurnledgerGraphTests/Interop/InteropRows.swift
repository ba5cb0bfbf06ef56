// Turnledger. SPDX-License-Identifier: Apache-2.0

import TurnledgerStore

/// A thread's rows in the form in which `peer.py` exchanges them, and the form in which they are compared.
enum InteropRows {
    static func export(_ store: any CheckpointStore, _ thread: ThreadID = "t") async throws -> [JSONValue] {
        var rows: [JSONValue] = []
        for stored in try await store.list(CheckpointQuery(thread: thread)).collect() {
            let checkpoint = stored.checkpoint
            var values: JSONObject = [:]
            for (channel, value) in checkpoint.channelValues.sorted(by: { $0.key < $1.key }) {
                values[channel] = ["type": .string(value.type), "hex": .string(hex(value.bytes))]
            }
            let writes: [JSONValue] = stored.pendingWrites.map { write in
                [
                    "task": .string(write.taskID.rawValue), "path": .string(write.taskPath),
                    "index": .integer(Int64(write.index)), "channel": .string(write.channel),
                    "type": .string(write.value.type), "hex": .string(hex(write.value.bytes)),
                ]
            }
            rows.append([
                "namespace": .string(checkpoint.namespace.rawValue), "id": .string(checkpoint.id.rawValue),
                "parent": checkpoint.parent.map { .string($0.rawValue) } ?? .null,
                "ts": .string(checkpoint.timestamp), "versions": versions(checkpoint.channelVersions),
                "seen": .object(
                    JSONObject(
                        members: checkpoint.versionsSeen.sorted { $0.key < $1.key }
                            .map { .init(key: $0.key, value: versions($0.value)) })),
                "updated": checkpoint.updatedChannels.map { .array($0.map { .string($0) }) } ?? .null,
                "metadata": .object(checkpoint.metadata.json), "values": .object(values), "writes": .array(writes),
            ])
        }
        return rows.sorted { key($0) < key($1) }
    }

    static func load(
        _ rows: [JSONValue], into store: any CheckpointStore, _ thread: ThreadID = "t"
    ) async throws {
        for row in rows {
            let versions = Self.versions(row["versions"])
            var values: [String: Payload] = [:]
            for member in row["values"]?.object ?? [:] {
                values[member.key] = Payload(
                    type: member.value["type"]!.string!, bytes: bytes(member.value["hex"]!.string!))
            }
            let reference = CheckpointReference(
                thread: thread, namespace: Namespace(row["namespace"]!.string!),
                id: CheckpointID(row["id"]!.string!))
            let checkpoint = Checkpoint(
                thread: reference.thread, namespace: reference.namespace, id: reference.id,
                parent: row["parent"]?.string.map { CheckpointID($0) }, timestamp: row["ts"]!.string!,
                channelValues: values, channelVersions: versions,
                versionsSeen: (row["seen"]?.object ?? [:]).members.reduce(into: [:]) {
                    $0[$1.key] = Self.versions($1.value)
                },
                updatedChannels: row["updated"]?.array?.compactMap(\.string),
                metadata: CheckpointMetadata(json: row["metadata"]?.object ?? [:]))
            try await store.put(
                checkpoint, newVersions: versions.filter { values[$0.key] != nil }, fence: nil)
            var tasks: [String: [JSONValue]] = [:]
            for write in row["writes"]?.array ?? [] { tasks[write["task"]!.string!, default: []].append(write) }
            for (task, writes) in tasks { try await put(writes, of: TaskID(task), at: reference, in: store) }
        }
    }

    /// Stores writes so that each gets its index again: special ones fill the places before.
    private static func put(
        _ writes: [JSONValue], of task: TaskID, at reference: CheckpointReference, in store: any CheckpointStore
    ) async throws {
        let write = { (json: JSONValue) in
            TaskWrites.Write(
                json["channel"]!.string!,
                Payload(type: json["type"]!.string!, bytes: bytes(json["hex"]!.string!)))
        }
        let special = writes.filter { $0["index"]!.integer! < 0 }
        var list = special.map(write)
        for ordinary in writes where ordinary["index"]!.integer! >= 0 {
            let place = Int(ordinary["index"]!.integer!)
            while list.count < place { list.append(write(special[0])) }
            list.append(write(ordinary))
        }
        try await store.putWrites(
            TaskWrites(checkpoint: reference, taskID: task, taskPath: writes[0]["path"]!.string!, writes: list),
            fence: nil)
    }

    /// Rows by their roles: IDs and times are left out, versions are their integer part.
    static func compared(_ rows: [JSONValue]) throws -> [String] { try compared(rows, by: value) }

    /// The same with the bytes of every payload in which random IDs are made equal.
    static func exact(_ rows: [JSONValue]) throws -> [String] {
        try compared(rows) { json in
            let payload = Payload(type: json["type"]!.string!, bytes: bytes(json["hex"]!.string!))
            let plain = try withoutIDs(payload.decoded())
            return ["type": .string(payload.type), "tree": plain.tree(), "hex": .string(hex(Payload(plain).bytes))]
        }
    }

    private static func withoutIDs(_ value: PayloadValue) throws -> PayloadValue {
        switch value {
        case .string(let text):
            let json = InteropForm.withoutIDs("\"\(text)\"")
            return .string(String(json.dropFirst().dropLast()))
        case .array(let elements): return .array(try elements.map(withoutIDs))
        case .map(let map):
            return .map(
                PayloadMap(
                    entries: try map.entries.map { entry in
                        // Who gives a tool's message its ID differs between Python's agents.
                        entry.key == "id" && entry.value.isNull
                            ? .init(key: "id", value: "#") : .init(key: entry.key, value: try withoutIDs(entry.value))
                    }))
        case .ext(let ext):
            var content = try withoutIDs(try ext.content())
            if ext.asObject?.name == "set", var parts = content.array, let elements = parts[2].array {
                parts[2] = .array(elements.sorted { ($0.string ?? "") < ($1.string ?? "") })
                content = .array(parts)
            }
            return .ext(PayloadExt(code: ext.code, bytes: MessagePack.encode(content)))
        default: return value
        }
    }

    private static func compared(
        _ rows: [JSONValue], by value: (JSONValue) throws -> JSONValue
    ) throws -> [String] {
        var result: [String] = []
        let places = Dictionary(
            uniqueKeysWithValues: rows.enumerated().map { ($1["namespace"]!.string! + "|" + $1["id"]!.string!, $0) })
        var firsts: [String: Int] = [:]
        for (place, row) in rows.enumerated() {
            let space = row["namespace"]!.string!
            firsts[space] = firsts[space] ?? place
        }
        for (place, row) in rows.enumerated() {
            let space = row["namespace"]!.string!
            var metadata = row["metadata"]?.object ?? [:]
            metadata["parents"] = .array((metadata["parents"]?.object ?? [:]).members.map { .string($0.key) })
            var values: JSONObject = [:]
            for member in row["values"]?.object ?? [:] { values[member.key] = try value(member.value) }
            let parent = row["parent"]?.string.flatMap { places[space + "|" + $0] }
            var writes: [JSONValue] = []
            for write in row["writes"]?.array ?? [] {
                // Which of a task's lists of answers stays depends on the saver: where two lie in one place, LangGraph's
                // own savers differ.
                let isAnswers = write["channel"] == "__resume__" && write["path"] != ""
                writes.append([
                    "path": write["path"] ?? .null, "index": write["index"] ?? .null,
                    "channel": write["channel"] ?? .null, "value": isAnswers ? .null : try value(write),
                ])
            }
            let form: JSONValue = [
                "namespace": .string(space), "place": .integer(Int64(place - firsts[space]!)),
                "parent": parent.map { .integer(Int64($0 - firsts[space]!)) } ?? .null,
                "metadata": .object(metadata), "versions": counters(row["versions"]),
                "seen": .object(
                    JSONObject(
                        members: (row["seen"]?.object ?? [:]).members
                            .map { .init(key: $0.key, value: counters($0.value)) })),
                "updated": row["updated"] ?? .null, "values": .object(values),
                "writes": .array(withEdgesSorted(writes)),
            ]
            result.append(InteropForm.withoutIDs(form.sortedText))
        }
        return result.sorted()
    }

    /// LangGraph keeps a node's edges in a set: those of one task may come in any order.
    private static func withEdgesSorted(_ writes: [JSONValue]) -> [JSONValue] {
        var result = writes
        let isEdge = { (write: JSONValue) in
            write["channel"]!.string!.hasPrefix("branch:to:") || write["channel"]!.string!.hasPrefix("join:")
        }
        for path in Set(writes.map { $0["path"]!.string! }) {
            let places = writes.indices.filter { writes[$0]["path"]?.string == path && isEdge(writes[$0]) }
            let sorted = places.map { writes[$0] }.sorted { $0["channel"]!.string! < $1["channel"]!.string! }
            for (place, write) in zip(places, sorted) {
                var object = write.object!
                object["index"] = writes[place]["index"]
                result[place] = .object(object)
            }
        }
        return result
    }

    /// A payload by its type and what it holds; by its bytes where nothing in it is random.
    private static func value(_ json: JSONValue) throws -> JSONValue {
        guard json["type"] != nil else { return json }
        let payload = Payload(type: json["type"]!.string!, bytes: bytes(json["hex"]!.string!))
        let plain = InteropForm.plain(try payload.decoded())
        let text = plain.sortedText
        let isExact = InteropForm.withoutIDs(text) == text && !text.contains("\"message\"") && !Self.holdsSet(payload)
        return [
            "inline": json["inline"] ?? .null, "type": .string(payload.type), "plain": plain,
            "hex": isExact ? json["hex"]! : .null,
        ]
    }

    private static func holdsSet(_ payload: Payload) -> Bool {
        (try? payload.decoded())?.ext != nil || payload.bytes.contains(where: { $0 == 0xC7 })
    }

    private static func versions(_ versions: ChannelVersions) -> JSONValue {
        .object(
            JSONObject(
                members: versions.sorted { $0.key < $1.key }
                    .map { .init(key: $0.key, value: .string($0.value.rawValue)) }))
    }

    private static func versions(_ json: JSONValue?) -> ChannelVersions {
        (json?.object ?? [:]).members.reduce(into: [:]) { $0[$1.key] = ChannelVersion($1.value.string ?? "") }
    }

    private static func counters(_ json: JSONValue?) -> JSONValue {
        .object(
            JSONObject(
                members: (json?.object ?? [:]).members.map {
                    .init(key: $0.key, value: .integer(Int64(ChannelVersion($0.value.string ?? "").counter)))
                }))
    }

    private static func key(_ row: JSONValue) -> String { row["namespace"]!.string! + "|" + row["id"]!.string! }

    static func hex(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef")
        return String(bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
    }

    static func bytes(_ hex: String) -> [UInt8] {
        var result: [UInt8] = []
        var rest = hex[...]
        while let byte = UInt8(rest.prefix(2), radix: 16) {
            result.append(byte)
            rest = rest.dropFirst(2)
        }
        return result
    }
}
