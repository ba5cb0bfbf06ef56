// Turnledger. SPDX-License-Identifier: Apache-2.0

internal import Foundation
internal import TurnledgerStore

/// A value as langgraph-checkpoint-redis 0.5.2 writes it into JSON, and whether it can be read back as it was.
///
/// What Python's own saver loses (a moment's type, a map's keys that are no text, NaN) is lost for Python here too;
/// Turnledger keeps such a value beside it as bytes.
struct PythonRedisEncoding: Sendable {
    var json: JSONValue
    var isExact: Bool

    /// RedisJSON takes 128 levels.
    private static let mostLevels = 100

    /// Encodes a payload; `nil` for one that says that there is no value.
    /// - Throws: `.undecodable` where it is damaged.
    init?(_ payload: Payload) throws(StoreError) {
        switch payload.type {
        case "empty": return nil
        case "null", "bytes", "msgpack":
            let value = try payload.decoded()
            self.init(value, level: 0)
            if isExact, payload.type == "msgpack" { isExact = Payload(value) == payload }
        case "bytearray", "json":
            self.init(try payload.decoded(), level: 0)
            isExact = false
        default: self.init(json: .null, isExact: false)
        }
    }

    private init(json: JSONValue, isExact: Bool) {
        self.json = json
        self.isExact = isExact
    }

    private init(_ value: PayloadValue, level: Int) {
        guard level < Self.mostLevels else {
            self.init(json: .null, isExact: false)
            return
        }
        switch value {
        case .null, .bool, .integer, .unsigned, .string:
            self.init(json: JSONValue(value) ?? .null, isExact: true)
        case .double(let number): self.init(json: .double(number), isExact: number.isFinite)
        case .binary(let bytes): self.init(json: ["__bytes__": .string(Self.base64(bytes))], isExact: true)
        case .array(let values): self.init(values, level: level)
        case .map(let map): self.init(map, level: level)
        case .ext(let ext): self.init(ext, level: level)
        }
    }

    private init(_ values: [PayloadValue], level: Int) {
        var elements: [JSONValue] = []
        elements.reserveCapacity(values.count)
        isExact = true
        for value in values {
            let element = Self(value, level: level + 1)
            elements.append(element.json)
            if !element.isExact { isExact = false }
        }
        json = .array(elements)
    }

    private init(_ map: PayloadMap, level: Int) {
        var members: [JSONObject.Member] = []
        var names: Set<ExactText> = []
        isExact = true
        for entry in map.entries {
            let name = entry.key.string ?? Self.name(of: entry.key)
            let value = Self(entry.value, level: level + 1)
            // What could be taken for an object is kept as bytes too.
            if entry.key.string == nil || !value.isExact || Self.marks.contains(name) { isExact = false }
            guard names.insert(ExactText(name)).inserted else {
                isExact = false
                continue
            }
            members.append(.init(key: name, value: value.json))
        }
        json = .object(JSONObject(members: members))
    }

    private init(_ ext: PayloadExt, level: Int) {
        // Whatever stands within: whether it is exact shows in what is read back.
        json = Self.json(of: ext) { Self($0, level: level + 1).json }
        isExact = (try? PythonRedisValue.value(json)) == .ext(ext)
    }

    private static func json(of ext: PayloadExt, _ encode: (PayloadValue) -> JSONValue) -> JSONValue {
        if let send = ext.asSend { return ["__send__": true, "node": .string(send.node), "arg": encode(send.arg)] }
        if let interrupt = ext.asInterrupt {
            var object: JSONObject = ["__interrupt__": true, "value": encode(interrupt.value)]
            if let id = interrupt.id { object["id"] = .string(id) }
            return .object(object)
        }
        if let value = ext.asDeltaSnapshot { return ["__delta_snapshot__": true, "value": encode(value)] }
        guard let object = ext.asObject else { return ["__bytes__": .string(base64(ext.bytes))] }
        let path = object.module.split(separator: ".").map { JSONValue.string(String($0)) } + [.string(object.name)]
        func envelope(_ name: String, _ value: JSONValue) -> JSONValue {
            var object: JSONObject = ["lc": 2, "type": "constructor", "id": .array(path)]
            object[name] = value
            return .object(object)
        }
        let argument = encode(object.argument)
        switch ext.code {
        case LangGraphExt.pydanticV1, LangGraphExt.pydanticV2:
            guard let known = LegacyJSON.path(ofLangChain: object) else { return envelope("kwargs", argument) }
            return [
                "lc": 1, "type": "constructor", "id": .array(known.map { .string($0) }), "kwargs": argument,
            ]
        case LangGraphExt.constructorSingleArgument:
            let whole = envelope("args", [argument])
            // An enumeration's member and the like: its value, as orjson writes it.
            return (try? PythonRedisValue.value(whole)) == .ext(ext) ? whole : argument
        case LangGraphExt.constructorPositional: return envelope("args", argument)
        case LangGraphExt.constructorKeywords: return envelope("kwargs", argument)
        // A moment is the text that it is made from.
        default: return argument
        }
    }

    private static let marks: Set<String> = [
        "lc", "__bytes__", "__send__", "__interrupt__", "__delta_snapshot__",
    ]

    /// A key that is no text, as orjson writes it.
    private static func name(of key: PayloadValue) -> String {
        JSONValue(key).map(\.text) ?? "unknown"
    }

    static func base64(_ bytes: [UInt8]) -> String { Data(bytes).base64EncodedString() }
}
