// Turnledger. SPDX-License-Identifier: Apache-2.0

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// Collects what a Codable type writes at one place of the tree.
struct TreeEncoder<Tree: CodableTree>: Encoder {
    let target: TreeTarget<Tree>
    let codingPath: [any CodingKey]
    let userInfo: [CodingUserInfoKey: Any]

    static func encode(_ value: some Encodable, userInfo: [CodingUserInfoKey: Any]) throws -> Tree {
        let encoder = TreeEncoder(target: TreeTarget(), codingPath: [], userInfo: userInfo)
        try encoder.encode(value)
        guard !encoder.target.isEmpty else {
            throw EncodingError.invalidValue(
                value, .init(codingPath: [], debugDescription: "The value wrote nothing."))
        }
        return encoder.target.tree
    }

    func container<Key>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        target.becomeObject()
        return KeyedEncodingContainer(KeyedTreeEncoder<Tree, Key>(encoder: self))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        target.becomeArray()
        return UnkeyedTreeEncoder(encoder: self)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer { SingleTreeEncoder(encoder: self) }

    func child(_ key: any CodingKey, _ target: TreeTarget<Tree>) -> TreeEncoder {
        TreeEncoder(target: target, codingPath: codingPath + [key], userInfo: userInfo)
    }

    /// Writes a value of any type: a tree as it is, binary data in the tree's own form, all else by its own wish.
    func encode<Value: Encodable>(_ value: Value) throws {
        if let tree = try tree(of: value) { target.content = .value(tree) } else { try value.encode(to: self) }
    }

    private func tree<Value: Encodable>(of value: Value) throws -> Tree? {
        if let tree = value as? Tree { return tree }
        if Value.self == Data.self, let data = value as? Data { return .from(data: data) }
        if Value.self == [UInt8].self, let bytes = value as? [UInt8] { return .from(bytes: bytes) }
        if let dictionary = value as? any SortedMembers {
            // A dictionary has no order of its own: by its keys, equal values are equal bytes.
            target.becomeObject()
            for member in dictionary.sortedMembers {
                try child(TreeKey(member.key), target.member(member.key)).encode(member.value)
            }
            return target.tree
        }
        return nil
    }

    func double(_ value: Double, _ key: (any CodingKey)? = nil) throws -> Tree {
        if let tree = Tree.from(value) { return tree }
        throw EncodingError.invalidValue(
            value, .init(codingPath: codingPath + (key.map { [$0] } ?? []), debugDescription: "JSON has no \(value)."))
    }
}

/// A place of the tree that is being made; containers of one place share it.
final class TreeTarget<Tree: CodableTree> {
    enum Content {
        case empty
        case value(Tree)
        case array([TreeTarget])
        case object(keys: [String], targets: [String: TreeTarget])
    }

    var content = Content.empty

    var isEmpty: Bool { if case .empty = content { true } else { false } }

    /// What was collected; an empty object where nothing was.
    var tree: Tree {
        switch content {
        case .empty: .from([(key: String, value: Tree)]())
        case .value(let tree): tree
        case .array(let targets): .from(targets.map(\.tree))
        case .object(let keys, let targets):
            .from(keys.compactMap { key in targets[key].map { (key: key, value: $0.tree) } })
        }
    }

    var count: Int { if case .array(let targets) = content { targets.count } else { 0 } }

    func becomeObject() {
        if case .object = content { return }
        content = .object(keys: [], targets: [:])
    }

    func becomeArray() {
        if case .array = content { return }
        content = .array([])
    }

    /// The place under a key, made where there is none.
    func member(_ key: String) -> TreeTarget {
        guard case .object(var keys, var targets) = content else { return TreeTarget() }
        if let known = targets[key] { return known }
        content = .empty
        let target = TreeTarget()
        keys.append(key)
        targets[key] = target
        content = .object(keys: keys, targets: targets)
        return target
    }

    func append() -> TreeTarget {
        guard case .array(var targets) = content else { return TreeTarget() }
        content = .empty
        let target = TreeTarget()
        targets.append(target)
        content = .array(targets)
        return target
    }
}

/// A dictionary with text as keys.
private protocol SortedMembers {
    var sortedMembers: [(key: String, value: any Encodable)] { get }
}

extension Dictionary: SortedMembers where Key == String, Value: Encodable {
    fileprivate var sortedMembers: [(key: String, value: any Encodable)] {
        sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }.map { (key: $0.key, value: $0.value) }
    }
}

/// A key by text or by place.
struct TreeKey: CodingKey {
    let stringValue: String
    let intValue: Int?

    init(_ text: String) {
        stringValue = text
        intValue = nil
    }

    init(_ index: Int) {
        stringValue = "Index \(index)"
        intValue = index
    }

    init(stringValue: String) { self.init(stringValue) }
    init(intValue: Int) { self.init(intValue) }

    static let parent = TreeKey("super")
}
