// Turnledger. SPDX-License-Identifier: Apache-2.0

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// Reads a Codable type from one place of the tree.
struct TreeDecoder<Tree: CodableTree>: Decoder {
    let tree: Tree
    let codingPath: [any CodingKey]
    let userInfo: [CodingUserInfoKey: Any]

    func container<Key>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        let node = tree.node
        guard case .object(let members) = node else { throw mismatch([String: Tree].self, "an object", node) }
        return KeyedDecodingContainer(KeyedTreeDecoder<Tree, Key>(decoder: self, members: members))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        let node = tree.node
        guard case .array(let elements) = node else { throw mismatch([Tree].self, "an array", node) }
        return UnkeyedTreeDecoder(decoder: self, elements: elements)
    }

    func singleValueContainer() -> any SingleValueDecodingContainer { SingleTreeDecoder(decoder: self) }

    func child(_ tree: Tree, _ key: any CodingKey) -> TreeDecoder {
        TreeDecoder(tree: tree, codingPath: codingPath + [key], userInfo: userInfo)
    }

    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        if let value = tree as? Value { return value }
        if type == JSONValue.self, let json = tree.json as? Value { return json }
        if type == Data.self, let data = tree.data as? Value { return data }
        if type == [UInt8].self, let bytes = tree.binary as? Value { return bytes }
        return try Value(from: self)
    }

    var isNull: Bool { if case .null = tree.node { true } else { false } }

    func bool() throws -> Bool {
        let node = tree.node
        guard case .bool(let value) = node else { throw mismatch(Bool.self, "a boolean", node) }
        return value
    }

    func string() throws -> String {
        let node = tree.node
        guard case .string(let value) = node else { throw mismatch(String.self, "text", node) }
        return value
    }

    func double() throws -> Double {
        let node = tree.node
        switch node {
        case .double(let value): return value
        case .integer(let value): return Double(value)
        case .unsigned(let value): return Double(value)
        default: throw mismatch(Double.self, "a number", node)
        }
    }

    /// An integer of any width; `3.0` is one.
    func integer<Number: FixedWidthInteger>(_ type: Number.Type = Number.self) throws -> Number {
        let node = tree.node
        let value: Number? =
            switch node {
            case .integer(let value): Number(exactly: value)
            case .unsigned(let value): Number(exactly: value)
            case .double(let value): Number(exactly: value)
            default: throw mismatch(type, "an integer", node)
            }
        if let value { return value }
        throw DecodingError.dataCorrupted(
            .init(codingPath: codingPath, debugDescription: "The number does not fit \(type)."))
    }

    func mismatch(_ type: Any.Type, _ expected: String, _ found: CodableNode<Tree>) -> DecodingError {
        let context = DecodingError.Context(
            codingPath: codingPath, debugDescription: "Expected \(expected), found \(found.name).")
        if case .null = found { return .valueNotFound(type, context) }
        return .typeMismatch(type, context)
    }
}
