// Turnledger. SPDX-License-Identifier: Apache-2.0

#if canImport(FoundationEssentials)
    package import FoundationEssentials
#else
    package import Foundation
#endif

/// A tree that Codable types are written to and read from.
///
/// One encoder and one decoder serve `PayloadValue` and `JSONValue` through this.
package protocol CodableTree: Sendable {
    static func from(_ value: Bool) -> Self
    static func from(_ value: Int64) -> Self
    static func from(_ value: UInt64) -> Self
    /// `nil` for a number that the tree cannot hold.
    static func from(_ value: Double) -> Self?
    static func from(_ value: String) -> Self
    static func from(_ elements: [Self]) -> Self
    static func from(_ members: [(key: String, value: Self)]) -> Self
    static var nothing: Self { get }
    /// The form of binary data; `nil` where it is written as an array of numbers.
    static func from(bytes: [UInt8]) -> Self?
    static func from(data: Data) -> Self

    var node: CodableNode<Self> { get }
    var binary: [UInt8]? { get }
    var data: Data? { get }
    /// The same as JSON; `nil` where JSON cannot hold it.
    var json: JSONValue? { get }
}

/// What a tree's root is.
package enum CodableNode<Tree> {
    case null
    case bool(Bool)
    case integer(Int64)
    case unsigned(UInt64)
    case double(Double)
    case string(String)
    case array([Tree])
    case object([(key: String, value: Tree)])
    /// What no Codable type is made of, by its name.
    case other(String)

    /// The kind in words, for errors.
    var name: String {
        switch self {
        case .null: "null"
        case .bool: "a boolean"
        case .integer, .unsigned, .double: "a number"
        case .string: "text"
        case .array: "an array"
        case .object: "an object"
        case .other(let name): name
        }
    }
}

extension PayloadValue: CodableTree {
    package static func from(_ value: Bool) -> PayloadValue { .bool(value) }
    package static func from(_ value: Int64) -> PayloadValue { .integer(value) }
    package static func from(_ value: UInt64) -> PayloadValue {
        Int64(exactly: value).map { .integer($0) } ?? .unsigned(value)
    }
    package static func from(_ value: Double) -> PayloadValue? { .double(value) }
    package static func from(_ value: String) -> PayloadValue { .string(value) }
    package static func from(_ elements: [PayloadValue]) -> PayloadValue { .array(elements) }
    package static func from(_ members: [(key: String, value: PayloadValue)]) -> PayloadValue {
        .map(PayloadMap(entries: members.map { .init(key: .string($0.key), value: $0.value) }))
    }
    package static var nothing: PayloadValue { .null }
    package static func from(bytes: [UInt8]) -> PayloadValue? { .binary(bytes) }
    package static func from(data: Data) -> PayloadValue { .binary(Array(data)) }

    package var node: CodableNode<PayloadValue> {
        switch self {
        case .null: return .null
        case .bool(let value): return .bool(value)
        case .integer(let value): return .integer(value)
        case .unsigned(let value): return .unsigned(value)
        case .double(let value): return .double(value)
        case .string(let value): return .string(value)
        case .binary: return .other("binary data")
        case .array(let elements): return .array(elements)
        case .map(let map):
            var members: [(key: String, value: PayloadValue)] = []
            members.reserveCapacity(map.entries.count)
            for entry in map.entries {
                switch entry.key {
                case .string(let key): members.append((key, entry.value))
                case .integer(let key): members.append((String(key), entry.value))
                default: return .other("a map with keys that are not text")
                }
            }
            return .object(members)
        case .ext(let ext): return .other("an ext node of code \(ext.code)")
        }
    }
    package var binary: [UInt8]? { if case .binary(let bytes) = self { bytes } else { nil } }
    package var data: Data? { binary.map { Data($0) } }
    package var json: JSONValue? { JSONValue(self) }
}

extension JSONValue: CodableTree {
    package static func from(_ value: Bool) -> JSONValue { .bool(value) }
    package static func from(_ value: Int64) -> JSONValue { .integer(value) }
    package static func from(_ value: UInt64) -> JSONValue {
        Int64(exactly: value).map { .integer($0) } ?? .number(String(value))
    }
    package static func from(_ value: Double) -> JSONValue? { value.isFinite ? .double(value) : nil }
    package static func from(_ value: String) -> JSONValue { .string(value) }
    package static func from(_ elements: [JSONValue]) -> JSONValue { .array(elements) }
    package static func from(_ members: [(key: String, value: JSONValue)]) -> JSONValue {
        .object(JSONObject(members: members.map { .init(key: $0.key, value: $0.value) }))
    }
    package static var nothing: JSONValue { .null }
    package static func from(bytes: [UInt8]) -> JSONValue? { nil }
    package static func from(data: Data) -> JSONValue { .string(data.base64EncodedString()) }

    package var node: CodableNode<JSONValue> {
        switch self {
        case .null: .null
        case .bool(let value): .bool(value)
        case .integer(let value): .integer(value)
        case .double(let value): .double(value)
        case .number(let text):
            if let value = UInt64(text) { .unsigned(value) } else { Double(text).map { .double($0) } ?? .other(text) }
        case .string(let value): .string(value)
        case .array(let elements): .array(elements)
        case .object(let object): .object(object.members.map { ($0.key, $0.value) })
        }
    }
    package var binary: [UInt8]? { nil }
    package var data: Data? { string.flatMap { Data(base64Encoded: $0) } }
    package var json: JSONValue? { self }
}
