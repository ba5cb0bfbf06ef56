// Turnledger. SPDX-License-Identifier: Apache-2.0

/// A value as a store keeps it: LangGraph's type tag and the bytes (columns `type` and `blob`).
///
/// Decoding is left to the reader who needs the value: a store moves payloads without looking into them.
public struct Payload: Hashable, Sendable {
    /// `null`, `bytes`, `bytearray`, `msgpack`, `json` (old rows, and LangGraph.js), `empty` (old rows: the channel has
    /// no value), each also with `+` and a cipher's name, or another writer's tag.
    public let type: String
    /// What the tag says how to read; empty for `null`.
    public let bytes: [UInt8]

    public init(type: String, bytes: [UInt8]) {
        self.type = type
        self.bytes = bytes
    }

    /// LangGraph's form of None: the tag `null` and no bytes.
    public static let null = Payload(type: "null", bytes: [])

    /// Encodes a value: `null` for a null, `bytes` for binary, MessagePack for all else.
    public init(_ value: PayloadValue) {
        switch value {
        case .null: self = .null
        case .binary(let bytes): self.init(type: "bytes", bytes: bytes)
        default: self.init(type: "msgpack", bytes: MessagePack.encode(value))
        }
    }

    /// Decodes the value.
    ///
    /// - Throws: `.undecodable` when the bytes are damaged or exceed `limits`, `.unsupported` for a tag that is never
    ///   read (a pickle, or one that Turnledger does not know).
    public func decoded(limits: PayloadLimits = .standard) throws(StoreError) -> PayloadValue {
        switch type {
        case "null", "empty": return .null
        case "bytes", "bytearray": return .binary(bytes)
        case "msgpack": return try MessagePack.decode(bytes, limits: limits)
        case "json": return try LegacyJSON.decode(bytes, limits: limits)
        case "pickle":
            throw StoreError(
                .unsupported,
                "A pickle is code, not data, and is never read. Store the value again with the default serializer.")
        case _ where isSealed:
            throw StoreError(
                .unsupported, "Payload type '\(type)' is sealed. Give the store the key (LANGGRAPH_AES_KEY for '+aes')."
            )
        default: throw StoreError(.unsupported, "Payload type '\(type)' is not known.")
        }
    }
}

/// Bounds on what a reader takes from a database or a client.
public struct PayloadLimits: Hashable, Sendable {
    /// How deep arrays, maps and ext nodes may nest.
    public var depth: Int
    /// How many values one document may hold in all.
    public var values: Int
    /// How many bytes one document may have.
    public var bytes: Int

    public init(depth: Int = 256, values: Int = 10_000_000, bytes: Int = 1 << 30) {
        self.depth = depth
        self.values = values
        self.bytes = bytes
    }

    /// 256 levels, ten million values, 1 GiB.
    public static let standard = PayloadLimits()
}
