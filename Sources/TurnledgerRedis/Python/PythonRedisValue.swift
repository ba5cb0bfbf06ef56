// Turnledger. SPDX-License-Identifier: Apache-2.0

internal import Foundation
internal import TurnledgerStore

/// Values as langgraph-checkpoint-redis writes them into JSON, all its versions.
///
/// LangChain's and other objects stand in the envelopes that LangGraph itself once wrote (`lc: 1`, `lc: 2`); beside them
/// `{"__bytes__": base64}`, `{"__send__": true, "node", "arg"}`, `{"__interrupt__": true, "value", "id"}`,
/// `{"__delta_snapshot__": true, "value"}`, and in old versions bytes as an envelope with the method `fromhex`. Source:
/// `jsonplus_redis.py` of langgraph-checkpoint-redis 0.0.1 to 0.5.2.
enum PythonRedisValue {
    /// - Throws: `.undecodable` for base64 or hexadecimal digits that are none.
    /// - `emptied`: Takes in the classes of objects whose content the saver did not keep.
    static func value(_ json: JSONValue, emptied: inout Set<String>) throws(StoreError) -> PayloadValue {
        try LegacyJSON.revived(json) { (map) throws(StoreError) in
            note(map, in: &emptied)
            return try marked(map)
        }
    }

    static func value(_ json: JSONValue) throws(StoreError) -> PayloadValue {
        try LegacyJSON.revived(json, marker: marked)
    }

    /// The same, as a store keeps it.
    static func payload(_ json: JSONValue, emptied: inout Set<String>) throws(StoreError) -> Payload {
        try LegacyJSON.payload(json) { (map) throws(StoreError) in
            note(map, in: &emptied)
            return try marked(map)
        }
    }

    /// An envelope without any argument: the class of an object with slots, or of one that is made outside Python, of
    /// which the saver saw no attributes. Or LangChain's word for what it could not write.
    private static func note(_ map: PayloadMap, in emptied: inout Set<String>) {
        guard let format = map["lc"]?.integer, let path = map["id"]?.array?.compactMap(\.string), !path.isEmpty
        else { return }
        let isWithoutContent =
            switch (format, map["type"]?.string) {
            case (1, "not_implemented"): true
            case (2, "constructor"):
                map["args"]?.array?.isEmpty ?? true && map["kwargs"]?.map?.entries.isEmpty ?? true
            default: false
            }
        if isWithoutContent { emptied.insert(path.joined(separator: ".")) }
    }

    private static func marked(_ map: PayloadMap) throws(StoreError) -> PayloadValue? {
        // All marks begin with it, and hardly anything else does.
        guard map.entries.contains(where: { $0.key.string?.utf8.first == UInt8(ascii: "_") }) else {
            return try object(map)
        }
        if map.count == 1, let text = map["__bytes__"]?.string {
            guard let bytes = bytes(base64: text) else {
                throw StoreError(.undecodable, "A value marked __bytes__ is no base64.")
            }
            return .binary(bytes)
        }
        if map["__send__"] == true, map.count == 3, let node = map["node"]?.string, let arg = map["arg"] {
            return .ext(LangGraphExt.send(node: node, arg: arg))
        }
        if map["__interrupt__"] == true, let value = map["value"] { return .ext(interrupt(value, map)) }
        if map["__delta_snapshot__"] == true, map.count == 2, let value = map["value"] {
            return .ext(LangGraphExt.deltaSnapshot(value))
        }
        return try object(map)
    }

    private static func object(_ map: PayloadMap) throws(StoreError) -> PayloadValue? {
        guard map["lc"] == 2, map["type"] == "constructor", let path = map["id"]?.array?.compactMap(\.string),
            path.count > 1
        else { return nil }
        return try envelope(map, path)
    }

    /// What the envelopes of LangGraph's own serializer did not have, or it would not make an object of.
    private static func envelope(_ map: PayloadMap, _ path: [String]) throws(StoreError) -> PayloadValue? {
        let arguments = map["args"]?.array ?? []
        switch path {
        case ["builtins", "bytes"], ["builtins", "bytearray"]:
            guard map["method"] == "fromhex", let digits = arguments.first?.string,
                let bytes = Hexadecimal.bytes(digits)
            else {
                throw StoreError(.undecodable, "Bytes in an envelope are no hexadecimal digits.")
            }
            return .binary(bytes)
        case ["builtins", "set"], ["builtins", "frozenset"]:
            guard let items = map["kwargs"]?.map?["__set_items__"] else { return nil }
            return .ext(LangGraphExt.constructor(module: path[0], name: path[1], argument: items))
        case ["datetime", "datetime"]:
            guard map["method"] == "fromisoformat", let text = arguments.first?.string else { return nil }
            return .ext(LangGraphExt.datetime(text))
        default: return nil
        }
    }

    /// An interrupt; old ones name a namespace in place of an id.
    static func interrupt(_ value: PayloadValue, _ map: PayloadMap) -> PayloadExt {
        let given = map["id"]?.string.map { PayloadValue.string($0) }
        let id = LegacyJSON.interruptID(given: given, namespace: map["ns"])
        return LangGraphExt.interrupt(value: value, id: id.string ?? "")
    }

    /// What a pending write holds.
    ///
    /// `json` is base64 of JSON since 0.2 and JSON itself before: what is strict base64 of UTF-8 that parses was written
    /// so. `base64` (before 0.2) is bytes.
    /// - Throws: `.undecodable`, `.unsupported` for a type that is not known.
    static func write(
        type: String, blob: String, channel: String, emptied: inout Set<String>
    ) throws(StoreError) -> Payload {
        switch type {
        case "null": return .null
        case "json":
            let value = try value(json(blob), emptied: &emptied)
            return Payload(channel == "__interrupt__" ? interrupts(value) : value)
        case "msgpack", "bytes", "bytearray", "base64":
            guard let bytes = bytes(base64: blob) else {
                throw StoreError(.undecodable, "A write of the type '\(type)' is no base64.")
            }
            return Payload(type: type == "base64" ? "bytes" : type, bytes: bytes)
        case "empty": return Payload(type: "empty", bytes: [])
        default: throw StoreError(.unsupported, "A write of the type '\(type)', which is not known.")
        }
    }

    /// 0.1 wrote interrupts as plain objects, which nothing can resume.
    private static func interrupts(_ value: PayloadValue) -> PayloadValue {
        guard let elements = value.array else { return value }
        return .array(
            elements.map { element in
                guard let map = element.map, let value = map["value"], map["ns"] != nil || map["id"] != nil else {
                    return element
                }
                return .ext(interrupt(value, map))
            })
    }

    private static func json(_ blob: String) throws(StoreError) -> JSONValue {
        if let bytes = bytes(base64: blob), let decoded = try? JSONValue.parse(bytes) { return decoded }
        return try JSONValue.parse(blob)
    }

    /// Strictly: no other characters, and with its padding.
    static func bytes(base64 text: String) -> [UInt8]? { Data(base64Encoded: text).map { Array($0) } }
}
