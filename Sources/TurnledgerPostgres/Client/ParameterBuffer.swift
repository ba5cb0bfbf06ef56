// Turnledger. SPDX-License-Identifier: Apache-2.0

/// The values of one query, laid out as libpq takes them.
///
/// Text goes as text, so that the server reads it by the type of its place; bytes and arrays go in PostgreSQL's binary
/// format. The formats of arrays: `array_send` in PostgreSQL's `arrayfuncs.c`.
struct ParameterBuffer {
    struct Pointers {
        let count: Int32
        let values: UnsafePointer<UnsafePointer<CChar>?>?
        let lengths: UnsafePointer<Int32>?
        let formats: UnsafePointer<Int32>?
    }

    private var storage: [UInt8] = []
    /// Where a value begins in `storage`; -1 for NULL.
    private var offsets: [Int] = []
    private var lengths: [Int32] = []
    private var formats: [Int32] = []

    init(_ values: [PostgresValue]) {
        offsets.reserveCapacity(values.count)
        lengths.reserveCapacity(values.count)
        formats.reserveCapacity(values.count)
        storage.reserveCapacity(values.reduce(0) { $0 + $1.size + 1 })
        for value in values { append(value) }
    }

    func withPointers<Value>(_ body: (Pointers) -> Value) -> Value {
        guard !offsets.isEmpty else {
            return body(Pointers(count: 0, values: nil, lengths: nil, formats: nil))
        }
        return storage.withUnsafeBytes { bytes in
            let start = bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
            let pointers = offsets.map { offset in offset < 0 ? nil : start.map { $0 + offset } }
            return pointers.withUnsafeBufferPointer { pointers in
                lengths.withUnsafeBufferPointer { lengths in
                    formats.withUnsafeBufferPointer { formats in
                        body(
                            Pointers(
                                count: Int32(offsets.count), values: pointers.baseAddress,
                                lengths: lengths.baseAddress, formats: formats.baseAddress
                            ))
                    }
                }
            }
        }
    }

    private mutating func append(_ value: PostgresValue) {
        switch value {
        case .null:
            offsets.append(-1)
            lengths.append(0)
            formats.append(0)
        case .text(let text): add(isBinary: false) { $0.append(contentsOf: text.utf8) }
        case .utf8(let bytes): add(isBinary: false) { $0.append(contentsOf: bytes) }
        case .integer(let integer): add(isBinary: false) { $0.append(contentsOf: String(integer).utf8) }
        case .boolean(let boolean): add(isBinary: false) { $0.append(boolean ? 0x74 : 0x66) }
        case .bytes(let bytes): add(isBinary: true) { $0.append(contentsOf: bytes) }
        case .texts(let texts):
            add(isBinary: true) { $0.appendArray(of: 25, texts) { $0.append(contentsOf: $1.utf8) } }
        case .byteStrings(let strings):
            add(isBinary: true) { $0.appendArray(of: 17, strings) { $0.append(contentsOf: $1) } }
        case .integers(let integers):
            add(isBinary: true) { $0.appendArray(of: 20, integers) { $0.append(bigEndian: UInt64(bitPattern: $1)) } }
        }
    }

    private mutating func add(isBinary: Bool, _ write: (inout [UInt8]) -> Void) {
        let offset = storage.count
        write(&storage)
        offsets.append(offset)
        lengths.append(Int32(storage.count - offset))
        formats.append(isBinary ? 1 : 0)
        // What ends a text; and an empty value needs an address of its own, or libpq takes it for NULL.
        storage.append(0)
    }
}

extension PostgresValue {
    /// About how many bytes the value takes on the way.
    var size: Int {
        switch self {
        case .null: 0
        case .boolean: 1
        case .integer: 20
        case .text(let text): text.utf8.count
        case .utf8(let bytes), .bytes(let bytes): bytes.count
        case .texts(let texts): texts.reduce(20) { $0 + 4 + $1.utf8.count }
        case .byteStrings(let strings): strings.reduce(20) { $0 + 4 + $1.count }
        case .integers(let integers): 20 + 12 * integers.count
        }
    }

    /// Whether the value is text with a NUL, which PostgreSQL cannot keep.
    var holdsNUL: Bool {
        switch self {
        case .text(let text): text.holdsNUL
        case .utf8(let bytes): bytes.contains(0)
        case .texts(let texts): texts.contains(where: \.holdsNUL)
        default: false
        }
    }
}

extension String {
    fileprivate var holdsNUL: Bool {
        utf8.withContiguousStorageIfAvailable { $0.contains(0) } ?? utf8.contains(0)
    }
}

extension [UInt8] {
    fileprivate mutating func append(bigEndian value: UInt64) {
        Swift.withUnsafeBytes(of: value.bigEndian) { append(contentsOf: $0) }
    }

    fileprivate mutating func append(bigEndian value: UInt32) {
        Swift.withUnsafeBytes(of: value.bigEndian) { append(contentsOf: $0) }
    }

    /// An array of one dimension without NULLs; an empty one has no dimension.
    fileprivate mutating func appendArray<Item>(
        of type: UInt32, _ elements: [Item], _ write: (inout [UInt8], Item) -> Void
    ) {
        append(bigEndian: elements.isEmpty ? 0 : 1 as UInt32)
        append(bigEndian: 0 as UInt32)
        append(bigEndian: type)
        guard !elements.isEmpty else { return }
        append(bigEndian: UInt32(elements.count))
        append(bigEndian: 1 as UInt32)
        for element in elements {
            let place = count
            append(bigEndian: 0 as UInt32)
            write(&self, element)
            let length = UInt32(count - place - 4)
            Swift.withUnsafeBytes(of: length.bigEndian) { replaceSubrange(place..<(place + 4), with: $0) }
        }
    }
}
