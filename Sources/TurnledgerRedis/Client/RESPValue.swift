// Turnledger. SPDX-License-Identifier: Apache-2.0

internal import NIOCore

/// What a Redis server answers, in version 2 or 3 of its protocol.
///
/// Maps and sets of version 3 are arrays, as version 2 has them: keys and values take turns.
enum RESPValue: Hashable, Sendable {
    case null
    /// A short text such as `OK`.
    case status(String)
    case bytes(ByteBuffer)
    case integer(Int64)
    case double(Double)
    case bool(Bool)
    /// A refusal; its first word is a code such as `WRONGTYPE`.
    case error(String)
    case array([RESPValue])
    /// What nobody asked for: a message of a channel, news for a cache.
    case push([RESPValue])

    /// The text of a status or of bytes that are UTF-8; numbers as they are written.
    var string: String? {
        switch self {
        case .status(let text): text
        case .bytes(let buffer): buffer.validText
        case .integer(let value): String(value)
        case .double(let value): String(value)
        default: nil
        }
    }

    var integer: Int64? {
        switch self {
        case .integer(let value): value
        case .bytes(let buffer): buffer.validText.flatMap { Int64($0) }
        default: nil
        }
    }

    var array: [RESPValue]? { if case .array(let values) = self { values } else { nil } }
    var isNull: Bool { self == .null }
    var error: String? { if case .error(let text) = self { text } else { nil } }

    var byteArray: [UInt8]? {
        switch self {
        case .status(let text): Array(text.utf8)
        case .bytes(let buffer): Array(buffer.readableBytesView)
        default: nil
        }
    }
}

extension ByteBuffer {
    /// The readable bytes as text, `nil` where they are no UTF-8.
    var validText: String? { String(validating: readableBytesView, as: UTF8.self) }
}
