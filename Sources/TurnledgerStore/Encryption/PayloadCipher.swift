// Turnledger. SPDX-License-Identifier: Apache-2.0

/// Seals payloads on their way into a store and opens them on their way out, as LangGraph's `EncryptedSerializer` does.
///
/// A sealed payload's type is `<inner type>+<name>`. Sealed are blobs and pending writes; what lies within a
/// checkpoint's document stays as it is: primitive values, the names of channels, metadata.
public protocol PayloadCipher: Sendable {
    /// What stands behind the `+` of a type.
    var name: String { get }

    /// Seals bytes; the same bytes seal differently each time.
    func seal(_ plaintext: [UInt8]) throws(StoreError) -> [UInt8]

    /// Opens what `seal` made.
    /// - Throws: `.undecodable` for bytes that were changed or sealed with another key.
    func open(_ sealed: [UInt8]) throws(StoreError) -> [UInt8]
}

extension Payload {
    /// Whether the bytes are sealed.
    public var isSealed: Bool { type.utf8.contains(UInt8(ascii: "+")) }

    /// The payload as a store with this cipher keeps it; unchanged without a cipher, where it is sealed already, and
    /// for `empty`, which has no bytes.
    public func sealed(with cipher: (any PayloadCipher)?) throws(StoreError) -> Payload {
        guard let cipher, !isSealed, type != "empty" else { return self }
        return Payload(type: "\(type)+\(cipher.name)", bytes: try cipher.seal(bytes))
    }

    /// The payload as its reader needs it; unchanged where it is not sealed, and without a cipher.
    /// - Throws: `.unsupported` for a cipher of another name, `.undecodable` for bytes that do not open.
    public func opened(with cipher: (any PayloadCipher)?) throws(StoreError) -> Payload {
        guard let cipher, let plus = type.utf8.firstIndex(of: UInt8(ascii: "+")) else { return self }
        let name = type[type.index(after: plus)...]
        guard name == cipher.name else {
            throw StoreError(
                .unsupported, "Payload type '\(type)' was sealed with another cipher than '\(cipher.name)'.")
        }
        return Payload(type: String(type[..<plus]), bytes: try cipher.open(bytes))
    }
}

extension TaskWrites {
    /// The writes as a store with this cipher keeps them.
    package func sealed(with cipher: (any PayloadCipher)?) throws(StoreError) -> TaskWrites {
        guard let cipher else { return self }
        var result = self
        for index in writes.indices { result.writes[index].value = try writes[index].value.sealed(with: cipher) }
        return result
    }
}
