// Turnledger. SPDX-License-Identifier: Apache-2.0

struct KeyedTreeEncoder<Tree: CodableTree, Key: CodingKey>: KeyedEncodingContainerProtocol {
    let encoder: TreeEncoder<Tree>

    var codingPath: [any CodingKey] { encoder.codingPath }

    private func write(_ tree: Tree, _ key: Key) { encoder.target.member(key.stringValue).content = .value(tree) }
    private func child(_ key: any CodingKey) -> TreeEncoder<Tree> {
        encoder.child(key, encoder.target.member(key.stringValue))
    }

    func encodeNil(forKey key: Key) { write(.nothing, key) }
    func encode(_ value: Bool, forKey key: Key) { write(.from(value), key) }
    func encode(_ value: String, forKey key: Key) { write(.from(value), key) }
    func encode(_ value: Double, forKey key: Key) throws { write(try encoder.double(value, key), key) }
    func encode(_ value: Float, forKey key: Key) throws { write(try encoder.double(Double(value), key), key) }
    func encode(_ value: Int, forKey key: Key) { write(.from(Int64(value)), key) }
    func encode(_ value: Int8, forKey key: Key) { write(.from(Int64(value)), key) }
    func encode(_ value: Int16, forKey key: Key) { write(.from(Int64(value)), key) }
    func encode(_ value: Int32, forKey key: Key) { write(.from(Int64(value)), key) }
    func encode(_ value: Int64, forKey key: Key) { write(.from(value), key) }
    func encode(_ value: UInt, forKey key: Key) { write(.from(UInt64(value)), key) }
    func encode(_ value: UInt8, forKey key: Key) { write(.from(UInt64(value)), key) }
    func encode(_ value: UInt16, forKey key: Key) { write(.from(UInt64(value)), key) }
    func encode(_ value: UInt32, forKey key: Key) { write(.from(UInt64(value)), key) }
    func encode(_ value: UInt64, forKey key: Key) { write(.from(value), key) }
    func encode(_ value: some Encodable, forKey key: Key) throws { try child(key).encode(value) }

    func nestedContainer<Nested>(
        keyedBy type: Nested.Type, forKey key: Key
    ) -> KeyedEncodingContainer<Nested> { child(key).container(keyedBy: type) }

    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer { child(key).unkeyedContainer() }
    func superEncoder() -> any Encoder { child(TreeKey.parent) }
    func superEncoder(forKey key: Key) -> any Encoder { child(key) }
}

struct UnkeyedTreeEncoder<Tree: CodableTree>: UnkeyedEncodingContainer {
    let encoder: TreeEncoder<Tree>

    var codingPath: [any CodingKey] { encoder.codingPath }
    var count: Int { encoder.target.count }

    private func write(_ tree: Tree) { encoder.target.append().content = .value(tree) }
    private func child() -> TreeEncoder<Tree> { encoder.child(TreeKey(count), encoder.target.append()) }

    func encodeNil() { write(.nothing) }
    func encode(_ value: Bool) { write(.from(value)) }
    func encode(_ value: String) { write(.from(value)) }
    func encode(_ value: Double) throws { write(try encoder.double(value, TreeKey(count))) }
    func encode(_ value: Float) throws { write(try encoder.double(Double(value), TreeKey(count))) }
    func encode(_ value: Int) { write(.from(Int64(value))) }
    func encode(_ value: Int8) { write(.from(Int64(value))) }
    func encode(_ value: Int16) { write(.from(Int64(value))) }
    func encode(_ value: Int32) { write(.from(Int64(value))) }
    func encode(_ value: Int64) { write(.from(value)) }
    func encode(_ value: UInt) { write(.from(UInt64(value))) }
    func encode(_ value: UInt8) { write(.from(UInt64(value))) }
    func encode(_ value: UInt16) { write(.from(UInt64(value))) }
    func encode(_ value: UInt32) { write(.from(UInt64(value))) }
    func encode(_ value: UInt64) { write(.from(value)) }
    func encode(_ value: some Encodable) throws { try child().encode(value) }

    func nestedContainer<Nested>(keyedBy type: Nested.Type) -> KeyedEncodingContainer<Nested> {
        child().container(keyedBy: type)
    }

    func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { child().unkeyedContainer() }
    func superEncoder() -> any Encoder { child() }
}

struct SingleTreeEncoder<Tree: CodableTree>: SingleValueEncodingContainer {
    let encoder: TreeEncoder<Tree>

    var codingPath: [any CodingKey] { encoder.codingPath }

    private func write(_ tree: Tree) { encoder.target.content = .value(tree) }

    func encodeNil() { write(.nothing) }
    func encode(_ value: Bool) { write(.from(value)) }
    func encode(_ value: String) { write(.from(value)) }
    func encode(_ value: Double) throws { write(try encoder.double(value)) }
    func encode(_ value: Float) throws { write(try encoder.double(Double(value))) }
    func encode(_ value: Int) { write(.from(Int64(value))) }
    func encode(_ value: Int8) { write(.from(Int64(value))) }
    func encode(_ value: Int16) { write(.from(Int64(value))) }
    func encode(_ value: Int32) { write(.from(Int64(value))) }
    func encode(_ value: Int64) { write(.from(value)) }
    func encode(_ value: UInt) { write(.from(UInt64(value))) }
    func encode(_ value: UInt8) { write(.from(UInt64(value))) }
    func encode(_ value: UInt16) { write(.from(UInt64(value))) }
    func encode(_ value: UInt32) { write(.from(UInt64(value))) }
    func encode(_ value: UInt64) { write(.from(value)) }
    func encode(_ value: some Encodable) throws { try encoder.encode(value) }
}
