// Turnledger. SPDX-License-Identifier: Apache-2.0

/// A value of a channel or a write: everything that MessagePack can hold, as data.
///
/// Ext nodes stay the bytes that they were read as, so that what Turnledger does not know is written back byte for
/// byte. Nothing in a payload names something to run.
public enum PayloadValue: Hashable, Sendable {
    case null
    case bool(Bool)
    /// Any integer that fits 64 bits with a sign.
    case integer(Int64)
    /// An integer beyond `Int64.max`; smaller ones are always `.integer`.
    case unsigned(UInt64)
    case double(Double)
    case string(String)
    case binary([UInt8])
    case array([PayloadValue])
    case map(PayloadMap)
    case ext(PayloadExt)
}

/// A node of MessagePack's extension format: a type code and its bytes.
public struct PayloadExt: Hashable, Sendable {
    /// LangGraph uses 0 to 7 (see `LangGraphExt`); others are kept as they are.
    public let code: Int8
    /// The node's bytes without its header; for codes 0 to 7 a whole MessagePack document.
    public let bytes: [UInt8]

    public init(code: Int8, bytes: [UInt8]) {
        self.code = code
        self.bytes = bytes
    }
}

/// A map that keeps the order of its entries and takes any value as a key.
public struct PayloadMap: Hashable, Sendable, ExpressibleByDictionaryLiteral {
    /// A key, which need not be text, and its value.
    public struct Entry: Hashable, Sendable {
        public var key: PayloadValue
        public var value: PayloadValue

        public init(key: PayloadValue, value: PayloadValue) {
            self.key = key
            self.value = value
        }
    }

    public var entries: [Entry]

    public init(entries: [Entry] = []) { self.entries = entries }

    public init(dictionaryLiteral elements: (String, PayloadValue)...) {
        entries = elements.map { Entry(key: .string($0.0), value: $0.1) }
    }

    public var count: Int { entries.count }
    public var isEmpty: Bool { entries.isEmpty }

    /// The value under a text key: the last one where a key repeats. Setting keeps the entry's place; `nil` removes it.
    public subscript(key: String) -> PayloadValue? {
        get { index(of: key).map { entries[$0].value } }
        set {
            if let index = index(of: key) {
                if let newValue { entries[index].value = newValue } else { entries.remove(at: index) }
            } else if let newValue {
                entries.append(Entry(key: .string(key), value: newValue))
            }
        }
    }

    private func index(of key: String) -> Int? {
        var index = entries.count
        while index > 0 {
            index -= 1
            if case .string(let name) = entries[index].key, name == key { return index }
        }
        return nil
    }
}

extension PayloadValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral, ExpressibleByFloatLiteral, ExpressibleByNilLiteral
{
    public init(stringLiteral value: String) { self = .string(value) }
    public init(integerLiteral value: Int64) { self = .integer(value) }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(floatLiteral value: Double) { self = .double(value) }
    public init(nilLiteral: ()) { self = .null }
    public init(arrayLiteral elements: PayloadValue...) { self = .array(elements) }
    public init(dictionaryLiteral elements: (String, PayloadValue)...) {
        self = .map(PayloadMap(entries: elements.map { .init(key: .string($0.0), value: $0.1) }))
    }

    // MARK: The value as one kind, or `nil` where it is of another

    public var string: String? { if case .string(let value) = self { value } else { nil } }
    public var integer: Int64? { if case .integer(let value) = self { value } else { nil } }
    public var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
    public var array: [PayloadValue]? { if case .array(let value) = self { value } else { nil } }
    public var map: PayloadMap? { if case .map(let value) = self { value } else { nil } }
    public var ext: PayloadExt? { if case .ext(let value) = self { value } else { nil } }
    public var isNull: Bool { self == .null }
}
