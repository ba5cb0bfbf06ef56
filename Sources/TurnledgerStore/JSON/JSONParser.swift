// Turnledger. SPDX-License-Identifier: Apache-2.0

extension JSONValue {
    public static func parse(_ bytes: [UInt8], limits: PayloadLimits = .standard) throws(StoreError) -> JSONValue { fatalError() }
    /// One line of UTF-8.
    public func serialized() -> [UInt8] { fatalError() }
    /// One line of text.
    public var text: String { String(decoding: serialized(), as: UTF8.self) }
    public var payloadValue: PayloadValue { fatalError() }
    /// `nil` where the payload holds what JSON cannot (binary, ext, keys that are not text, NaN).
    public init?(_ value: PayloadValue) { fatalError() }
}
