// Turnledger. SPDX-License-Identifier: Apache-2.0

public import TurnledgerStore

/// The JSON Schema of a tool's arguments, and the check of a model's arguments against it.
///
/// The schema comes from the `Decodable` conformance that the compiler writes: the type is decoded once from a probe
/// that notes which keys it asks for and as what. Types: text, integers, numbers, truth values, arrays, nested objects,
/// enumerations that are `CaseIterable` with text as raw value; `Optional` properties may be left out.
public struct JSONSchema: Hashable, Sendable {
    /// The schema as a document: `type`, `properties`, `required`, `items`, `enum`, `description`.
    public var json: JSONValue

    /// Takes a schema that was written by hand, unchecked.
    public init(json: JSONValue) { self.json = json }

    /// Derives the schema of a type.
    ///
    /// - Parameters:
    ///   - type: What a call's arguments are decoded as.
    ///   - descriptions: What each property means, by its name.
    /// - Throws: `SchemaError` naming the property whose type has no schema.
    public init<T: Decodable>(of type: T.Type, descriptions: [String: String] = [:]) throws {
        var schema = try SchemaProbe.schema(of: type)
        if var object = schema.object, var properties = object["properties"]?.object {
            for (name, text) in descriptions {
                guard var property = properties[name]?.object else { continue }
                property["description"] = .string(text)
                properties[name] = .object(property)
            }
            object["properties"] = .object(properties)
            schema = .object(object)
        }
        json = schema
    }

    /// Says what in a value does not fit the schema, one sentence each with the path; empty where it fits.
    public func violations(of value: JSONValue) -> [String] {
        var found: [String] = []
        Self.check(value, json, at: "", &found)
        return found
    }

    private static func check(_ value: JSONValue, _ schema: JSONValue, at path: String, _ found: inout [String]) {
        let place = path.isEmpty ? "The arguments" : "'\(path)'"
        guard let expected = schema["type"]?.string else { return }
        guard matches(value, expected) else {
            found.append("\(place) must be \(article(expected)), not \(name(of: value)).")
            return
        }
        if let allowed = schema["enum"]?.array, !allowed.contains(value) {
            found.append("\(place) must be one of \(allowed.map(\.text).joined(separator: ", ")).")
        }
        if let object = value.object, let properties = schema["properties"]?.object {
            for required in schema["required"]?.array ?? [] {
                if let key = required.string, object[key] == nil { found.append("'\(joined(path, key))' is missing.") }
            }
            let isRequired = Set((schema["required"]?.array ?? []).compactMap(\.string))
            for member in object {
                guard let property = properties[member.key] else {
                    found.append("'\(joined(path, member.key))' is not an argument of this tool.")
                    continue
                }
                if member.value.isNull && !isRequired.contains(member.key) { continue }
                check(member.value, property, at: joined(path, member.key), &found)
            }
        }
        if let elements = value.array, let items = schema["items"] {
            for (index, element) in elements.enumerated() { check(element, items, at: "\(path)[\(index)]", &found) }
        }
    }

    private static func joined(_ path: String, _ key: String) -> String { path.isEmpty ? key : path + "." + key }

    private static func matches(_ value: JSONValue, _ type: String) -> Bool {
        switch (type, value) {
        case ("string", .string), ("boolean", .bool), ("array", .array), ("object", .object), ("integer", .integer),
            ("number", .integer), ("number", .double), ("number", .number):
            true
        case ("integer", .double(let number)): number.rounded() == number && abs(number) < 0x1p53
        default: false
        }
    }

    private static func article(_ type: String) -> String {
        ["a", "e", "i", "o", "u"].contains(type.prefix(1)) ? "an \(type)" : "a \(type)"
    }

    private static func name(of value: JSONValue) -> String {
        switch value {
        case .null: "null"
        case .bool: "a boolean"
        case .integer, .double, .number: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}

/// A type that has no JSON Schema.
public struct SchemaError: Error, CustomStringConvertible {
    public let description: String
}
