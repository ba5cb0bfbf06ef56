// Turnledger. SPDX-License-Identifier: Apache-2.0

import Foundation

/// Writes a value as one line of JSON, keys in the order of their names.
enum JSONLine {
    static func text(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }
}
