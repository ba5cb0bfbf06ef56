// Turnledger. SPDX-License-Identifier: Apache-2.0

internal import Crypto
internal import TurnledgerStore

/// A script in Lua that a Redis runs as one: nothing comes between its commands.
///
/// Arguments are read one after another (`take`), the keys' prefix and the term in seconds first. What a script refuses is
/// an error whose code is one of `StoreError`'s with `TL` before it: `TLCONFLICT`, `TLMISSING`, `TLINVALID`.
struct RedisScript: Sendable {
    /// As metrics name it.
    let name: String
    let text: String
    /// What the server knows the script by.
    let hash: String
    /// Whether it takes the prefixes of Python's keys too.
    let isOfDocuments: Bool

    init(_ name: String, isOfDocuments: Bool = false, _ parts: String...) {
        self.name = name
        self.isOfDocuments = isOfDocuments
        text = ([CommonScripts.prelude] + parts).joined(separator: "\n")
        hash = Hexadecimal.text(Insecure.SHA1.hash(data: Array(text.utf8)).map { $0 })
    }
}

/// What a script is called with.
struct RedisArguments: Sendable {
    private(set) var values: [[UInt8]] = []

    mutating func add(_ bytes: [UInt8]) { values.append(bytes) }
    mutating func add(_ text: String) { values.append(Array(text.utf8)) }
    mutating func add(_ number: some BinaryInteger) { add(String(number)) }
    mutating func add(_ flag: Bool) { add(flag ? "1" : "0") }

    /// Whether there is a text, and the text.
    mutating func add(optional text: String?) {
        add(text != nil)
        add(text ?? "")
    }
}
