// Turnledger. SPDX-License-Identifier: Apache-2.0

/// Writes and reads MessagePack, byte for byte as ormsgpack writes it.
public enum MessagePack {
    public static func encode(_ value: PayloadValue) -> [UInt8] { fatalError() }
    public static func decode(_ bytes: [UInt8], limits: PayloadLimits = .standard) throws(StoreError) -> PayloadValue { fatalError() }
}
