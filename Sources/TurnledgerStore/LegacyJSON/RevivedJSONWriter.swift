// Turnledger. SPDX-License-Identifier: Apache-2.0

extension LegacyJSON {
    /// `Payload(revived(json, marker:))`, without making the value in between where nothing needs it.
    ///
    /// - `marker`: As that of `revived`; it is asked about objects alone that have a key `lc` or one that begins with an
    ///   underscore, or repeat one.
    package static func payload(
        _ json: JSONValue, marker: (PayloadMap) throws(StoreError) -> PayloadValue?
    ) throws(StoreError) -> Payload {
        switch json {
        case .null: return .null
        case .object(let object) where !RevivedJSONWriter.isPlain(object):
            return Payload(try revived(json, marker: marker))
        default:
            var writer = RevivedJSONWriter()
            try writer.write(json, marker)
            return Payload(type: "msgpack", bytes: writer.output.bytes)
        }
    }
}

/// Writes JSON as the MessagePack of what its envelopes stand for.
///
/// Plain objects and messages with plain arguments, which are nearly all, are written as they are met; what else there is
/// goes the way of `LegacyJSON.revived`.
private struct RevivedJSONWriter {
    typealias Marker = (PayloadMap) throws(StoreError) -> PayloadValue?

    /// How many keys are compared with each other.
    private static let keyLimit = 24

    var output = MessagePackWriter(capacity: 512)

    /// Whether an object can stand for nothing but itself.
    static func isPlain(_ object: JSONObject) -> Bool { isPlain(object, besides: nil) }

    private static func isPlain(_ object: JSONObject, besides envelope: String?) -> Bool {
        let members = object.members
        guard members.count <= keyLimit else { return false }
        for index in members.indices {
            let key = members[index].key
            if key.utf8.first == UInt8(ascii: "_") || (key == "lc" && envelope != key) { return false }
            for earlier in 0..<index where members[earlier].key == key { return false }
        }
        return true
    }

    mutating func write(_ json: JSONValue, _ marker: Marker) throws(StoreError) {
        switch json {
        case .array(let elements):
            output.writeHeader(array: elements.count)
            for element in elements { try write(element, marker) }
        case .object(let object):
            if Self.isPlain(object) {
                output.writeHeader(map: object.count)
                for member in object.members {
                    output.write(member.key)
                    try write(member.value, marker)
                }
            } else if let (model, given) = Self.message(object) {
                output.write(try Self.node(model, given, marker))
            } else {
                output.write(try LegacyJSON.revived(json, marker: marker))
            }
        default: output.write(json.payloadValue)
        }
    }

    /// The class and the arguments where the object is a whole envelope of a message with names alone.
    private static func message(_ object: JSONObject) -> (LangChainModel, JSONObject)? {
        guard isPlain(object, besides: "lc"), object["lc"] == 1, object["type"] == "constructor",
            let path = object["id"]?.array, path.count > 1, let package = path[0].string,
            let name = path[path.count - 1].string, path.allSatisfy({ $0.string != nil }),
            package == "langchain" || package == "langchain_core" || package == "langchain_schema",
            let model = LangChainModel.all[name], let given = object["kwargs"]?.object, isPlain(given),
            object["args"]?.array?.isEmpty ?? true,
            model.fields.allSatisfy({ $0.standard != nil || given[$0.name] != nil })
        else { return nil }
        return (model, given)
    }

    private static func node(
        _ model: LangChainModel, _ given: JSONObject, _ marker: Marker
    ) throws(StoreError) -> PayloadExt {
        var inner = RevivedJSONWriter()
        let others = given.members.filter { member in !model.fields.contains { $0.name == member.key } }
        inner.output.writeHeader(array: 4)
        inner.output.write(model.module)
        inner.output.write(model.name)
        inner.output.writeHeader(map: model.fields.count + others.count)
        for field in model.fields {
            inner.output.write(field.name)
            guard let value = given[field.name] else {
                inner.output.write(field.standard ?? .null)
                continue
            }
            if field.name == "tool_calls", value != .array([]) {
                inner.output.write(LangChainModel.toolCalls(try LegacyJSON.revived(value, marker: marker)))
            } else {
                try inner.write(value, marker)
            }
        }
        for member in others {
            inner.output.write(member.key)
            try inner.write(member.value, marker)
        }
        inner.output.write("model_validate_json")
        return PayloadExt(code: LangGraphExt.pydanticV2, bytes: inner.output.bytes)
    }
}
