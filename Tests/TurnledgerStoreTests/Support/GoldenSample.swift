// Turnledger. SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import TurnledgerStore

/// A value as LangGraph's serializer wrote it: a line of `Fixtures/serde-golden.jsonl`.
struct GoldenSample: Sendable, CustomTestStringConvertible {
    let name: String
    let type: String
    let bytes: [UInt8]
    /// The decoded value where it is plain JSON.
    let tree: JSONValue?

    var testDescription: String { name }

    static let all: [GoldenSample] = Fixture.lines("serde-golden.jsonl").compactMap { line in
        guard let document = try? JSONValue.parse(line), let hex = document["hex"]?.string else { return nil }
        return GoldenSample(
            name: document["name"]?.string ?? "", type: document["type"]?.string ?? "", bytes: Hex.bytes(hex),
            tree: document["tree"])
    }

    static let messagePack = all.filter { $0.type == "msgpack" }
}

/// Files beside the tests.
enum Fixture {
    static func lines(_ name: String) -> [String] {
        guard let url = Bundle.module.url(forResource: "Fixtures/" + name, withExtension: nil),
            let text = try? String(contentsOf: url, encoding: .utf8)
        else { return [] }
        return text.split(separator: "\n").map(String.init)
    }
}
