// Turnledger. SPDX-License-Identifier: Apache-2.0

struct KeyedTreeDecoder<Tree: CodableTree, Key: CodingKey>: KeyedDecodingContainerProtocol {
    let decoder: TreeDecoder<Tree>
    private let members: [String: Tree]
    private let keys: [String]

    init(decoder: TreeDecoder<Tree>, members: [(key: String, value: Tree)]) {
        self.decoder = decoder
        keys = members.map(\.key)
        self.members = Dictionary(members.lazy.map { ($0.key, $0.value) }) { _, last in last }
    }

    var codingPath: [any CodingKey] { decoder.codingPath }
    var allKeys: [Key] { keys.compactMap { Key(stringValue: $0) } }

    func contains(_ key: Key) -> Bool { members[key.stringValue] != nil }

    private func child(_ key: any CodingKey) throws -> TreeDecoder<Tree> {
        guard let tree = members[key.stringValue] else {
            throw DecodingError.keyNotFound(
                key, .init(codingPath: codingPath, debugDescription: "There is no '\(key.stringValue)'."))
        }
        return decoder.child(tree, key)
    }

    func decodeNil(forKey key: Key) throws -> Bool { try child(key).isNull }
    func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool { try child(key).bool() }
    func decode(_ type: String.Type, forKey key: Key) throws -> String { try child(key).string() }
    func decode(_ type: Double.Type, forKey key: Key) throws -> Double { try child(key).double() }
    func decode(_ type: Float.Type, forKey key: Key) throws -> Float { Float(try child(key).double()) }
    func decode(_ type: Int.Type, forKey key: Key) throws -> Int { try child(key).integer() }
    func decode(_ type: Int8.Type, forKey key: Key) throws -> Int8 { try child(key).integer() }
    func decode(_ type: Int16.Type, forKey key: Key) throws -> Int16 { try child(key).integer() }
    func decode(_ type: Int32.Type, forKey key: Key) throws -> Int32 { try child(key).integer() }
    func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 { try child(key).integer() }
    func decode(_ type: UInt.Type, forKey key: Key) throws -> UInt { try child(key).integer() }
    func decode(_ type: UInt8.Type, forKey key: Key) throws -> UInt8 { try child(key).integer() }
    func decode(_ type: UInt16.Type, forKey key: Key) throws -> UInt16 { try child(key).integer() }
    func decode(_ type: UInt32.Type, forKey key: Key) throws -> UInt32 { try child(key).integer() }
    func decode(_ type: UInt64.Type, forKey key: Key) throws -> UInt64 { try child(key).integer() }
    func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
        try child(key).decode(type)
    }

    func nestedContainer<Nested>(
        keyedBy type: Nested.Type, forKey key: Key
    ) throws -> KeyedDecodingContainer<Nested> { try child(key).container(keyedBy: type) }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        try child(key).unkeyedContainer()
    }

    func superDecoder() -> any Decoder {
        decoder.child(members[TreeKey.parent.stringValue] ?? .nothing, TreeKey.parent)
    }

    func superDecoder(forKey key: Key) -> any Decoder { decoder.child(members[key.stringValue] ?? .nothing, key) }
}

struct UnkeyedTreeDecoder<Tree: CodableTree>: UnkeyedDecodingContainer {
    let decoder: TreeDecoder<Tree>
    let elements: [Tree]
    private(set) var currentIndex = 0

    init(decoder: TreeDecoder<Tree>, elements: [Tree]) {
        self.decoder = decoder
        self.elements = elements
    }

    var codingPath: [any CodingKey] { decoder.codingPath }
    var count: Int? { elements.count }
    var isAtEnd: Bool { currentIndex >= elements.count }

    /// Reads one element, and moves on when that succeeded.
    private mutating func next<Value>(_ read: (TreeDecoder<Tree>) throws -> Value) throws -> Value {
        let key = TreeKey(currentIndex)
        guard !isAtEnd else {
            throw DecodingError.valueNotFound(
                Value.self, .init(codingPath: codingPath + [key], debugDescription: "The array has no more elements."))
        }
        let value = try read(decoder.child(elements[currentIndex], key))
        currentIndex += 1
        return value
    }

    mutating func decodeNil() throws -> Bool {
        let isNull = !isAtEnd && decoder.child(elements[currentIndex], TreeKey(currentIndex)).isNull
        if isNull || isAtEnd { _ = try next { _ in () } }
        return isNull
    }
    mutating func decode(_ type: Bool.Type) throws -> Bool { try next { try $0.bool() } }
    mutating func decode(_ type: String.Type) throws -> String { try next { try $0.string() } }
    mutating func decode(_ type: Double.Type) throws -> Double { try next { try $0.double() } }
    mutating func decode(_ type: Float.Type) throws -> Float { try next { Float(try $0.double()) } }
    mutating func decode(_ type: Int.Type) throws -> Int { try next { try $0.integer() } }
    mutating func decode(_ type: Int8.Type) throws -> Int8 { try next { try $0.integer() } }
    mutating func decode(_ type: Int16.Type) throws -> Int16 { try next { try $0.integer() } }
    mutating func decode(_ type: Int32.Type) throws -> Int32 { try next { try $0.integer() } }
    mutating func decode(_ type: Int64.Type) throws -> Int64 { try next { try $0.integer() } }
    mutating func decode(_ type: UInt.Type) throws -> UInt { try next { try $0.integer() } }
    mutating func decode(_ type: UInt8.Type) throws -> UInt8 { try next { try $0.integer() } }
    mutating func decode(_ type: UInt16.Type) throws -> UInt16 { try next { try $0.integer() } }
    mutating func decode(_ type: UInt32.Type) throws -> UInt32 { try next { try $0.integer() } }
    mutating func decode(_ type: UInt64.Type) throws -> UInt64 { try next { try $0.integer() } }
    mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try next { try $0.decode(type) } }

    mutating func nestedContainer<Nested>(keyedBy type: Nested.Type) throws -> KeyedDecodingContainer<Nested> {
        try next { try $0.container(keyedBy: type) }
    }

    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
        try next { try $0.unkeyedContainer() }
    }

    mutating func superDecoder() throws -> any Decoder { try next { $0 } }
}

struct SingleTreeDecoder<Tree: CodableTree>: SingleValueDecodingContainer {
    let decoder: TreeDecoder<Tree>

    var codingPath: [any CodingKey] { decoder.codingPath }

    func decodeNil() -> Bool { decoder.isNull }
    func decode(_ type: Bool.Type) throws -> Bool { try decoder.bool() }
    func decode(_ type: String.Type) throws -> String { try decoder.string() }
    func decode(_ type: Double.Type) throws -> Double { try decoder.double() }
    func decode(_ type: Float.Type) throws -> Float { Float(try decoder.double()) }
    func decode(_ type: Int.Type) throws -> Int { try decoder.integer() }
    func decode(_ type: Int8.Type) throws -> Int8 { try decoder.integer() }
    func decode(_ type: Int16.Type) throws -> Int16 { try decoder.integer() }
    func decode(_ type: Int32.Type) throws -> Int32 { try decoder.integer() }
    func decode(_ type: Int64.Type) throws -> Int64 { try decoder.integer() }
    func decode(_ type: UInt.Type) throws -> UInt { try decoder.integer() }
    func decode(_ type: UInt8.Type) throws -> UInt8 { try decoder.integer() }
    func decode(_ type: UInt16.Type) throws -> UInt16 { try decoder.integer() }
    func decode(_ type: UInt32.Type) throws -> UInt32 { try decoder.integer() }
    func decode(_ type: UInt64.Type) throws -> UInt64 { try decoder.integer() }
    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try decoder.decode(type) }
}
