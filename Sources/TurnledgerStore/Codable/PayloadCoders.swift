// Turnledger. SPDX-License-Identifier: Apache-2.0

/// Turns Codable types into payload values.
///
/// Properties keep their order, dictionaries with text as keys are sorted; `[UInt8]` and `Data` become binary, a
/// `PayloadValue` within a type is taken as it is.
public struct PayloadEncoder: Sendable {
    public init() {}

    /// - Throws: `EncodingError`, or whatever the type's own `encode(to:)` throws.
    public func encode(_ value: some Encodable) throws -> PayloadValue {
        try TreeEncoder<PayloadValue>.encode(value, userInfo: [:])
    }
}

/// Reads Codable types from payload values.
public struct PayloadDecoder: Sendable {
    public init() {}

    /// - Throws: `DecodingError` with the coding path.
    public func decode<Value: Decodable>(_ type: Value.Type, from value: PayloadValue) throws -> Value {
        try TreeDecoder(tree: value, codingPath: [], userInfo: [:]).decode(type)
    }
}

/// Turns Codable types into JSON trees.
///
/// Properties keep their order, dictionaries with text as keys are sorted; `Data` becomes text in Base64, a `JSONValue`
/// within a type is taken as it is.
public struct JSONValueEncoder: Sendable {
    public init() {}

    /// - Throws: `EncodingError` (for NaN and infinities among others), or whatever the type's own `encode(to:)` throws.
    public func encode(_ value: some Encodable) throws -> JSONValue {
        try TreeEncoder<JSONValue>.encode(value, userInfo: [:])
    }
}

/// Reads Codable types from JSON trees.
public struct JSONValueDecoder: Sendable {
    public init() {}

    /// - Throws: `DecodingError` with the coding path.
    public func decode<Value: Decodable>(_ type: Value.Type, from value: JSONValue) throws -> Value {
        try TreeDecoder(tree: value, codingPath: [], userInfo: [:]).decode(type)
    }
}
