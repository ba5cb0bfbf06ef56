// Turnledger. SPDX-License-Identifier: Apache-2.0

public import TurnledgerStore

/// AES in EAX mode, as `EncryptedSerializer.from_pycryptodome_aes` uses it: the types end in `+aes`.
///
/// Bytes: a nonce of 16, a tag of 16, the ciphertext. No further data is authenticated. Source: M. Bellare, P. Rogaway,
/// D. Wagner, "The EAX Mode of Operation" (FSE 2004), sections 3 and 4.
public struct AESEAXCipher: PayloadCipher {
    /// The variable that LangGraph reads the key from.
    public static let environmentVariable = "LANGGRAPH_AES_KEY"

    public var name: String { "aes" }

    private static let blockSize = AESBlockCipher.blockSize
    private let cipher: AESBlockCipher
    /// OMAC1 of the empty header: the same for every message.
    private let headerTag: [UInt8]

    /// - Parameter key: 16, 24 or 32 bytes.
    /// - Throws: `.invalid` for a key of another length.
    public init(key: [UInt8]) throws(StoreError) {
        guard [16, 24, 32].contains(key.count) else {
            throw StoreError(.invalid, "An AES key has 16, 24 or 32 bytes; this one has \(key.count).")
        }
        cipher = AESBlockCipher(key: key)
        headerTag = try Self.omac(1, [], cipher)
    }

    /// Takes the key from LangGraph's variable, its UTF-8 bytes as they are; `nil` where it is not set.
    /// - Throws: `.invalid` for a key of another length than 16, 24 or 32 bytes.
    public init?(environment: [String: String]) throws(StoreError) {
        guard let text = environment[Self.environmentVariable] else { return nil }
        guard [16, 24, 32].contains(text.utf8.count) else {
            throw StoreError(
                .invalid, "\(Self.environmentVariable) has \(text.utf8.count) bytes; it must have 16, 24 or 32.")
        }
        try self.init(key: Array(text.utf8))
    }

    public func seal(_ plaintext: [UInt8]) throws(StoreError) -> [UInt8] {
        var random = SystemRandomNumberGenerator()
        return try seal(plaintext, nonce: (0..<Self.blockSize).map { _ in UInt8.random(in: 0...255, using: &random) })
    }

    /// Seals with a nonce that the caller answers for: two texts must never share one.
    package func seal(_ plaintext: [UInt8], nonce: [UInt8]) throws(StoreError) -> [UInt8] {
        let start = try Self.omac(0, nonce, cipher)
        let ciphertext = try cipher.counterMode(plaintext, from: start)
        return nonce + (try tag(start, ciphertext)) + ciphertext
    }

    public func open(_ sealed: [UInt8]) throws(StoreError) -> [UInt8] {
        guard sealed.count >= 2 * Self.blockSize else {
            throw StoreError(.undecodable, "A sealed payload has at least 32 bytes; this one has \(sealed.count).")
        }
        let nonce = Array(sealed[..<Self.blockSize])
        let ciphertext = Array(sealed[(2 * Self.blockSize)...])
        let start = try Self.omac(0, nonce, cipher)
        let expected = try tag(start, ciphertext)
        var difference: UInt8 = 0
        for (left, right) in zip(expected, sealed[Self.blockSize..<2 * Self.blockSize]) { difference |= left ^ right }
        guard difference == 0 else {
            throw StoreError(.undecodable, "The sealed payload was changed, or sealed with another key.")
        }
        return try cipher.counterMode(ciphertext, from: start)
    }

    private func tag(_ start: [UInt8], _ ciphertext: [UInt8]) throws(StoreError) -> [UInt8] {
        let text = try Self.omac(2, ciphertext, cipher)
        return start.indices.map { start[$0] ^ headerTag[$0] ^ text[$0] }
    }

    /// CMAC of a block that holds `number` and the bytes behind it.
    private static func omac(_ number: UInt8, _ bytes: [UInt8], _ cipher: AESBlockCipher) throws(StoreError) -> [UInt8]
    {
        try cipher.cmac(of: [[UInt8](repeating: 0, count: blockSize - 1) + [number], bytes])
    }
}
