// Turnledger. SPDX-License-Identifier: Apache-2.0

extension JSONValue {
    /// The same document as a payload.
    ///
    /// A number with more digits than 64 bits hold becomes the nearest `Double`, infinity where it is beyond all.
    public var payloadValue: PayloadValue {
        switch self {
        case .null: .null
        case .bool(let value): .bool(value)
        case .integer(let value): .integer(value)
        case .double(let value): .double(value)
        case .number(let text): UInt64(text).map { .unsigned($0) } ?? .double(Double(text) ?? .nan)
        case .string(let value): .string(value)
        case .array(let values): .array(values.map(\.payloadValue))
        case .object(let object):
            .map(
                PayloadMap(
                    entries: object.members.map {
                        PayloadMap.Entry(key: .string($0.key), value: $0.value.payloadValue)
                    }))
        }
    }

    /// Takes a payload over; `nil` where it holds what JSON cannot: binary, an ext node, a key that is not text, NaN or
    /// an infinity.
    public init?(_ value: PayloadValue) {
        switch value {
        case .null: self = .null
        case .bool(let value): self = .bool(value)
        case .integer(let value): self = .integer(value)
        case .unsigned(let value): self = Int64(exactly: value).map { .integer($0) } ?? .number(String(value))
        case .double(let value):
            guard value.isFinite else { return nil }
            self = .double(value)
        case .string(let value): self = .string(value)
        case .array(let values):
            var elements: [JSONValue] = []
            elements.reserveCapacity(values.count)
            for value in values {
                guard let element = JSONValue(value) else { return nil }
                elements.append(element)
            }
            self = .array(elements)
        case .map(let map):
            var members: [JSONObject.Member] = []
            members.reserveCapacity(map.entries.count)
            for entry in map.entries {
                guard let key = entry.key.string, let value = JSONValue(entry.value) else { return nil }
                members.append(JSONObject.Member(key: key, value: value))
            }
            self = .object(JSONObject(members: members))
        case .binary, .ext: return nil
        }
    }

    /// The value of any number, as near as a `Double` comes to it; `nil` for anything else.
    public var double: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .double(let value): value
        case .number(let text): Double(text)
        default: nil
        }
    }
}
