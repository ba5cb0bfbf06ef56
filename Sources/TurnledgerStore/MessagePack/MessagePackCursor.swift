// Turnledger. SPDX-License-Identifier: Apache-2.0

/// Walks over a MessagePack document without making values of it.
///
/// What it passes over is not checked further than to find its end: text may be no UTF-8.
struct MessagePackCursor {
    private let bytes: UnsafeRawBufferPointer
    private(set) var offset = 0

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    var isAtEnd: Bool { offset == bytes.count }

    /// How many elements the array here has; the cursor is then at the first.
    mutating func array() -> Int? {
        guard let code = byte() else { return nil }
        return switch code {
        case 0x90...0x9F: Int(code & 0x0F)
        case 0xDC: length(2)
        case 0xDD: length(4)
        default: nil
        }
    }

    /// How many entries the map here has; the cursor is then at the first key.
    mutating func map() -> Int? {
        guard let code = byte() else { return nil }
        return switch code {
        case 0x80...0x8F: Int(code & 0x0F)
        case 0xDE: length(2)
        case 0xDF: length(4)
        default: nil
        }
    }

    /// The bytes of the text here; `nil`, and the cursor stays, where there is something else.
    mutating func text() -> UnsafeRawBufferPointer? {
        let start = offset
        guard let code = byte() else { return nil }
        let count: Int?
        switch code {
        case 0xA0...0xBF: count = Int(code & 0x1F)
        case 0xD9: count = length(1)
        case 0xDA: count = length(2)
        case 0xDB: count = length(4)
        default: count = nil
        }
        guard let count, let text = take(count) else {
            offset = start
            return nil
        }
        return text
    }

    /// Passes over one value; `false` where the document ends within it, or means nothing.
    mutating func skip() -> Bool {
        var open = 1
        while open > 0 {
            guard let code = byte() else { return false }
            open -= 1
            let size: Int?
            switch code {
            case 0x00...0x7F, 0xE0...0xFF, 0xC0, 0xC2, 0xC3: size = 0
            case 0x80...0x8F:
                open += 2 * Int(code & 0x0F)
                size = 0
            case 0x90...0x9F:
                open += Int(code & 0x0F)
                size = 0
            case 0xA0...0xBF: size = Int(code & 0x1F)
            case 0xC4, 0xD9: size = length(1)
            case 0xC5, 0xDA: size = length(2)
            case 0xC6, 0xDB: size = length(4)
            case 0xC7: size = length(1).map { $0 + 1 }
            case 0xC8: size = length(2).map { $0 + 1 }
            case 0xC9: size = length(4).map { $0 + 1 }
            case 0xCC, 0xD0: size = 1
            case 0xCD, 0xD1: size = 2
            case 0xCA, 0xCE, 0xD2: size = 4
            case 0xCB, 0xCF, 0xD3: size = 8
            case 0xD4: size = 2
            case 0xD5: size = 3
            case 0xD6: size = 5
            case 0xD7: size = 9
            case 0xD8: size = 17
            case 0xDC, 0xDD:
                guard let count = length(code == 0xDC ? 2 : 4) else { return false }
                open += count
                size = 0
            case 0xDE, 0xDF:
                guard let count = length(code == 0xDE ? 2 : 4) else { return false }
                open += 2 * count
                size = 0
            default: size = nil
            }
            guard let size, take(size) != nil, open <= bytes.count - offset else { return false }
        }
        return true
    }

    private mutating func byte() -> UInt8? {
        guard offset < bytes.count else { return nil }
        defer { offset += 1 }
        return bytes[offset]
    }

    private mutating func length(_ size: Int) -> Int? {
        guard size <= bytes.count - offset else { return nil }
        var result = 0
        for _ in 0..<size {
            result = result << 8 | Int(bytes[offset])
            offset += 1
        }
        return result
    }

    private mutating func take(_ count: Int) -> UnsafeRawBufferPointer? {
        guard count <= bytes.count - offset else { return nil }
        defer { offset += count }
        return UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + count])
    }
}

extension PayloadExt {
    /// The `type` and the `id` of a message's node, without decoding the rest of it; `nil` for a node that is no object
    /// with fields. Text elsewhere in the node may be no UTF-8.
    package var messageHeader: (type: String, id: String?)? {
        bytes.withUnsafeBytes { bytes -> (String, String?)? in
            var cursor = MessagePackCursor(bytes)
            guard let parts = cursor.array(), parts > 2, cursor.skip(), cursor.skip(), let fields = cursor.map() else {
                return nil
            }
            var type = ""
            var id: String?
            for _ in 0..<fields {
                if let key = cursor.text() {
                    if key.elementsEqual("type".utf8) {
                        if let text = cursor.text() {
                            guard let text = String(exactUTF8: text.bindMemory(to: UInt8.self)) else { return nil }
                            type = text
                            continue
                        }
                        type = ""
                    } else if key.elementsEqual("id".utf8) {
                        if let text = cursor.text() {
                            guard let text = String(exactUTF8: text.bindMemory(to: UInt8.self)) else { return nil }
                            id = text
                            continue
                        }
                        id = nil
                    }
                } else if !cursor.skip() {
                    return nil
                }
                guard cursor.skip() else { return nil }
            }
            for _ in 3..<parts { guard cursor.skip() else { return nil } }
            return cursor.isAtEnd ? (type, id) : nil
        }
    }
}
