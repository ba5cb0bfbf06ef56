// Turnledger. SPDX-License-Identifier: Apache-2.0

extension PayloadValue {
    /// The value as JSON for people and tools, nothing left out.
    ///
    /// What JSON has stands for itself. Else: `{"$bin": "hex digits"}`; `{"$float": "nan" | "inf" | "-inf"}`;
    /// `{"$map": [[key, value], …]}` for a map with a key that is not text or stands twice; `{"$ext": code, "v": …}` for
    /// an ext node with the document within, or `{"$ext": code, "$bin": "…"}` where it holds none.
    ///
    /// - Parameter limits: Bounds on each document within; ext nodes nest to the same depth as arrays and maps do.
    public func tree(limits: PayloadLimits = .standard) -> JSONValue { tree(limits, level: 0) }

    private func tree(_ limits: PayloadLimits, level: Int) -> JSONValue {
        switch self {
        case .double(let value) where !value.isFinite:
            ["$float": .string(value.isNaN ? "nan" : value < 0 ? "-inf" : "inf")]
        case .binary(let bytes): ["$bin": .string(Self.hexadecimal(bytes))]
        case .array(let values): .array(values.map { $0.tree(limits, level: level + 1) })
        case .map(let map): Self.tree(map, limits, level)
        case .ext(let ext): Self.tree(ext, limits, level)
        case .null: .null
        case .bool(let value): .bool(value)
        case .integer(let value): .integer(value)
        case .unsigned(let value): .number(String(value))
        case .double(let value): .double(value)
        case .string(let value): .string(value)
        }
    }

    private static func tree(_ map: PayloadMap, _ limits: PayloadLimits, _ level: Int) -> JSONValue {
        let keys = map.entries.compactMap { $0.key.string.map { ExactText($0) } }
        guard keys.count == map.count, Set(keys).count == keys.count else {
            let pairs = map.entries.map { entry -> JSONValue in
                [entry.key.tree(limits, level: level + 2), entry.value.tree(limits, level: level + 2)]
            }
            return ["$map": .array(pairs)]
        }
        return .object(
            JSONObject(
                members: map.entries.map { entry in
                    .init(key: entry.key.string ?? "", value: entry.value.tree(limits, level: level + 1))
                }))
    }

    private static func tree(_ ext: PayloadExt, _ limits: PayloadLimits, _ level: Int) -> JSONValue {
        var within = limits
        within.depth -= level + 1
        guard within.depth > 0, let content = try? ext.content(limits: within) else {
            return ["$ext": .integer(Int64(ext.code)), "$bin": .string(hexadecimal(ext.bytes))]
        }
        return ["$ext": .integer(Int64(ext.code)), "v": content.tree(limits, level: level + 1)]
    }

    private static func hexadecimal(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
