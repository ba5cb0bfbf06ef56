// Turnledger. SPDX-License-Identifier: Apache-2.0

/// Writes and reads MessagePack, byte for byte as ormsgpack writes it.
///
/// Source: https://github.com/msgpack/msgpack/blob/master/spec.md. Of several forms for a value the writer takes the
/// shortest; integers from 0 on are unsigned, floating-point numbers always have 8 bytes. The reader takes every form.
public enum MessagePack {
    /// Encodes a value. Text, binary, arrays, maps and ext nodes have a length of less than 2^32.
    public static func encode(_ value: PayloadValue) -> [UInt8] {
        var writer = MessagePackWriter(capacity: MessagePackWriter.bound(of: value))
        writer.write(value)
        return writer.bytes
    }

    /// Decodes one document that takes up all the bytes.
    ///
    /// What a header claims is checked against the bytes that are left before anything is allocated. Ext nodes are not
    /// looked into.
    /// - Throws: `.undecodable` with the byte where it went wrong.
    public static func decode(
        _ bytes: [UInt8], limits: PayloadLimits = .standard
    ) throws(StoreError) -> PayloadValue {
        guard bytes.count <= limits.bytes else {
            throw StoreError(.undecodable, "MessagePack of \(bytes.count) bytes; at most \(limits.bytes) are read.")
        }
        return try bytes.withUnsafeBufferPointer { (buffer) throws(StoreError) in
            var reader = MessagePackReader(buffer: UnsafeRawBufferPointer(buffer), limits: limits)
            return try reader.document()
        }
    }
}
