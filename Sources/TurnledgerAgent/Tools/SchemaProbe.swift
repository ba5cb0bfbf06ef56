// Turnledger. SPDX-License-Identifier: Apache-2.0

import TurnledgerStore

/// Decodes a type from nothing and notes what it asks for.
final class SchemaProbe: Decoder {
    let codingPath: [any CodingKey]
    let userInfo: [CodingUserInfoKey: Any] = [:]
    private var properties: JSONObject = [:]
    private var required: [JSONValue] = []
    private var optional: Set<String> = []
    private var single: JSONValue?

    private init(path: [any CodingKey]) { codingPath = path }

    static func schema<T: Decodable>(of type: T.Type) throws -> JSONValue {
        try probe(type, path: []).schema
    }

    /// The schema of a type, and some value of it, which the initialiser under way needs to go on.
    private static func probe<T: Decodable>(_ type: T.Type, path: [any CodingKey]) throws -> (
        schema: JSONValue, value: T
    ) {
        if let known = scalar(type) { return known }
        if let array = type as? any ProbedArray.Type {
            let items = try array.probeElement(path: path)
            return (["type": "array", "items": items], array.empty as! T)
        }
        if let cases = type as? any CaseIterable.Type, let (values, first) = rawValues(cases), let value = first as? T {
            return (["type": "string", "enum": .array(values)], value)
        }
        guard path.count < 16 else {
            throw SchemaError(description: "The arguments nest too deeply at '\(spelled(path))'.")
        }
        let decoder = SchemaProbe(path: path)
        do {
            let value = try T(from: decoder)
            return (decoder.schema, value)
        } catch let error as SchemaError {
            throw error
        } catch {
            throw SchemaError(description: "'\(spelled(path))' of type \(type) has no JSON Schema: \(error)")
        }
    }

    /// Lets an array's element type be probed where only the array is known.
    fileprivate static func elementSchema<T: Decodable>(_ type: T.Type, path: [any CodingKey]) throws -> JSONValue {
        try probe(type, path: path).schema
    }

    private var schema: JSONValue {
        if let single { return single }
        return [
            "type": "object", "properties": .object(properties), "required": .array(required),
            "additionalProperties": false,
        ]
    }

    private static func scalar<T>(_ type: T.Type) -> (schema: JSONValue, value: T)? {
        let integer: JSONValue = ["type": "integer"]
        let number: JSONValue = ["type": "number"]
        let value: (JSONValue, Any)? =
            switch type {
            case is String.Type: (["type": "string"], "")
            case is Bool.Type: (["type": "boolean"], false)
            case is Int.Type: (integer, 0)
            case is Int64.Type: (integer, Int64(0))
            case is Int32.Type: (integer, Int32(0))
            case is UInt.Type: (integer, UInt(0))
            case is Double.Type: (number, 0.0)
            case is Float.Type: (number, Float(0))
            case is JSONValue.Type: ([:], JSONValue.null)
            default: nil
            }
        guard let value, let typed = value.1 as? T else { return nil }
        return (value.0, typed)
    }

    private static func rawValues<C: CaseIterable>(_ type: C.Type) -> ([JSONValue], Any)? {
        var values: [JSONValue] = []
        for one in type.allCases {
            guard let raw = (one as? any RawRepresentable).flatMap({ $0.rawValue as? String }) else { return nil }
            values.append(.string(raw))
        }
        return type.allCases.first.map { (values, $0) }
    }

    private static func spelled(_ path: [any CodingKey]) -> String {
        path.map(\.stringValue).joined(separator: ".")
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        KeyedDecodingContainer(Keyed(probe: self))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        throw SchemaError(description: "'\(Self.spelled(codingPath))' is decoded from a list without an element type.")
    }

    func singleValueContainer() throws -> any SingleValueDecodingContainer { Single(probe: self) }

    private struct Keyed<Key: CodingKey>: KeyedDecodingContainerProtocol {
        let probe: SchemaProbe
        var codingPath: [any CodingKey] { probe.codingPath }
        var allKeys: [Key] { [] }

        func contains(_ key: Key) -> Bool { true }

        /// Only asked of a property that may be absent: every `decodeIfPresent` begins with it.
        func decodeNil(forKey key: Key) throws -> Bool {
            probe.optional.insert(key.stringValue)
            return false
        }

        func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T {
            let (schema, value) = try SchemaProbe.probe(type, path: codingPath + [key])
            probe.properties[key.stringValue] = schema
            if !probe.optional.contains(key.stringValue) { probe.required.append(.string(key.stringValue)) }
            return value
        }

        func nestedContainer<Nested: CodingKey>(
            keyedBy type: Nested.Type, forKey key: Key
        ) throws -> KeyedDecodingContainer<Nested> {
            throw SchemaError(description: "'\(key.stringValue)' is decoded by hand: give it a type of its own.")
        }

        func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
            throw SchemaError(description: "'\(key.stringValue)' is decoded by hand: give it a type of its own.")
        }

        func superDecoder() throws -> any Decoder { probe }
        func superDecoder(forKey key: Key) throws -> any Decoder { probe }
    }

    private struct Single: SingleValueDecodingContainer {
        let probe: SchemaProbe
        var codingPath: [any CodingKey] { probe.codingPath }

        func decodeNil() -> Bool { false }

        func decode<T: Decodable>(_ type: T.Type) throws -> T {
            let (schema, value) = try SchemaProbe.probe(type, path: codingPath)
            probe.single = schema
            return value
        }
    }
}

/// An array type, of whatever elements.
private protocol ProbedArray {
    static var empty: Any { get }
    static func probeElement(path: [any CodingKey]) throws -> JSONValue
}

extension Array: ProbedArray where Element: Decodable {
    fileprivate static var empty: Any { Self() }

    fileprivate static func probeElement(path: [any CodingKey]) throws -> JSONValue {
        try SchemaProbe.elementSchema(Element.self, path: path)
    }
}
