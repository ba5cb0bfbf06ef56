// Turnledger. SPDX-License-Identifier: Apache-2.0

internal import CLibcrypto
internal import TurnledgerStore

/// The two ways of using AES that EAX is made of, from OpenSSL.
struct AESBlockCipher: Sendable {
    static let blockSize = 16
    private let key: [UInt8]

    /// - Parameter key: 16, 24 or 32 bytes.
    init(key: [UInt8]) { self.key = key }

    /// CMAC (NIST SP 800-38B) of all parts, one behind the other.
    func cmac(of parts: [[UInt8]]) throws(StoreError) -> [UInt8] {
        let algorithm = EVP_MAC_fetch(nil, "CMAC", nil)
        defer { EVP_MAC_free(algorithm) }
        let context = EVP_MAC_CTX_new(algorithm)
        defer { EVP_MAC_CTX_free(context) }
        var mode = Array("AES-\(key.count * 8)-CBC".utf8CString)
        let isReady = mode.withUnsafeMutableBufferPointer { mode in
            let parameters = [
                OSSL_PARAM_construct_utf8_string("cipher", mode.baseAddress, 0), OSSL_PARAM_construct_end(),
            ]
            return EVP_MAC_init(context, key, key.count, parameters) == 1
        }
        guard isReady, parts.allSatisfy({ EVP_MAC_update(context, $0, $0.count) == 1 }) else { throw Self.failure }
        var tag = [UInt8](repeating: 0, count: Self.blockSize)
        var count = 0
        guard EVP_MAC_final(context, &tag, &count, tag.count) == 1, count == tag.count else { throw Self.failure }
        return tag
    }

    /// Counter mode, which opens what it seals.
    /// - `start`: The first counter block, 16 bytes.
    func counterMode(_ bytes: [UInt8], from start: [UInt8]) throws(StoreError) -> [UInt8] {
        guard !bytes.isEmpty else { return [] }
        guard let length = Int32(exactly: bytes.count) else {
            throw StoreError(.invalid, "A payload of \(bytes.count) bytes is too large to be sealed.")
        }
        let mode = EVP_CIPHER_fetch(nil, "AES-\(key.count * 8)-CTR", nil)
        defer { EVP_CIPHER_free(mode) }
        let context = EVP_CIPHER_CTX_new()
        defer { EVP_CIPHER_CTX_free(context) }
        var result = [UInt8](repeating: 0, count: bytes.count)
        var count: Int32 = 0
        guard EVP_EncryptInit_ex2(context, mode, key, start, nil) == 1,
            EVP_EncryptUpdate(context, &result, &count, bytes, length) == 1, count == length
        else { throw Self.failure }
        return result
    }

    private static var failure: StoreError { StoreError(.unsupported, "OpenSSL offers no AES.") }
}
