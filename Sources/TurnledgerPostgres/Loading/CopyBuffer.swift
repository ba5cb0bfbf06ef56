// Turnledger. SPDX-License-Identifier: Apache-2.0

/// Rows in the binary format of `COPY` (PostgreSQL's manual, page "COPY", section "Binary Format").
struct CopyBuffer {
    private(set) var count = 0
    private var storage = Array("PGCOPY\n".utf8) + [0xFF, 0x0D, 0x0A, 0] + [UInt8](repeating: 0, count: 8)

    /// Makes room for about so many bytes.
    mutating func reserve(_ bytes: Int) { storage.reserveCapacity(storage.count + bytes) }

    /// Ends the rows; gives all of them.
    mutating func finish() -> [UInt8] {
        storage.append(0xFF)
        storage.append(0xFF)
        defer { storage = [] }
        return storage
    }

    mutating func beginRow(columns: Int) {
        count += 1
        append(UInt16(columns))
    }

    mutating func add(_ text: String) {
        var text = text
        text.withUTF8 { bytes in
            append(UInt32(bytes.count))
            storage.append(contentsOf: bytes)
        }
    }

    mutating func add(optional text: String?) {
        guard let text else {
            append(UInt32.max)
            return
        }
        add(text)
    }

    mutating func add(_ bytes: [UInt8]) {
        append(UInt32(bytes.count))
        storage.append(contentsOf: bytes)
    }

    /// An `integer`.
    mutating func add(_ number: Int32) {
        append(4 as UInt32)
        append(UInt32(bitPattern: number))
    }

    /// A `jsonb`: its version and the text.
    mutating func add(json bytes: [UInt8]) {
        append(UInt32(bytes.count + 1))
        storage.append(1)
        storage.append(contentsOf: bytes)
    }

    private mutating func append(_ value: some FixedWidthInteger) {
        withUnsafeBytes(of: value.bigEndian) { storage.append(contentsOf: $0) }
    }
}
