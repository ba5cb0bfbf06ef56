// Turnledger. SPDX-License-Identifier: Apache-2.0

extension Payload {
    /// Decodes the payload and encodes the value again: the same bytes, where Python wrote them.
    ///
    /// `json`, which is only read, becomes what is written today. A sealed payload is sealed again; where the same bytes
    /// come out, under the nonce that it had.
    /// - Throws: As `decoded(limits:)` and `opened(with:)`.
    public func encodedAgain(
        cipher: (any PayloadCipher)? = nil, limits: PayloadLimits = .standard
    ) throws(StoreError) -> (payload: Payload, value: PayloadValue) {
        let plain = try opened(with: cipher)
        let value = try plain.decoded(limits: limits)
        let again =
            switch plain.type {
            case "bytes", "bytearray", "empty", "null": plain
            case "msgpack": Payload(type: "msgpack", bytes: MessagePack.encode(value))
            default: Payload(value)
            }
        guard isSealed else { return (again, value) }
        return (again == plain ? self : try again.sealed(with: cipher), value)
    }
}
