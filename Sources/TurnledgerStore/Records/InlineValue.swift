// Turnledger. SPDX-License-Identifier: Apache-2.0

/// Where a channel's value lies in LangGraph's rows.
enum InlineValue {
    /// Within the document.
    case inline(JSONValue)
    /// In a blob, with `true` in the document (a snapshot of a delta channel).
    case marked
    case blob
    /// Nowhere: the channel has no value.
    case absent

    /// Decides from the first byte of MessagePack; only a small value is decoded.
    init(_ payload: Payload) throws(StoreError) {
        switch payload.type {
        case "null": self = .inline(.null)
        case "empty": self = .absent
        case "json":
            // A number of more digits than MessagePack holds: see `Payload(inline:)`.
            if let value = try? JSONValue.parse(payload.bytes), case .number = value {
                self = .inline(value)
            } else {
                self = .blob
            }
        case "msgpack":
            switch payload.bytes.first ?? 0xC1 {
            case 0xC1, 0x80...0x9F, 0xC4...0xC6, 0xDC...0xDF: self = .blob
            case 0xC7...0xC9, 0xD4...0xD8:
                let ext = try MessagePack.decode(payload.bytes).ext
                self = ext?.code == LangGraphExt.deltaSnapshot ? .marked : .blob
            default:
                switch try MessagePack.decode(payload.bytes) {
                case .string(let text) where text.utf8.contains(0): self = .blob
                case .double(let number) where !(number.magnitude < 1e16) || number.isNegativeZero: self = .blob
                case let value: self = JSONValue(value).map { .inline($0) } ?? .blob
                }
            }
        default: self = .blob
        }
    }
}

extension Double {
    /// PostgreSQL's JSON has no such zero.
    fileprivate var isNegativeZero: Bool { self == 0 && sign == .minus }
}

extension Payload {
    /// Takes a value over that lay within a document.
    ///
    /// A number that MessagePack cannot hold stays the JSON that it is, so that no digit is lost.
    init(inline value: JSONValue) {
        if case .number(let text) = value, UInt64(text) == nil {
            self.init(type: "json", bytes: Array(text.utf8))
        } else {
            self.init(value.payloadValue)
        }
    }
}
