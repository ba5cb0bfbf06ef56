// Turnledger. SPDX-License-Identifier: Apache-2.0

internal import Crypto
internal import TurnledgerStore

/// A JSON document whose last member, `checksum`, is SHA-256 of the document without it.
enum SignedJSON {
    static func text(_ json: JSONObject) -> String {
        var json = json
        json["checksum"] = nil
        let checksum = SHA256.hexadecimal(of: JSONValue.object(json).text.utf8)
        json["checksum"] = .string(checksum)
        return JSONValue.object(json).text + "\n"
    }

    /// - Throws: `OperationError` for a document that was changed.
    static func read(_ path: String) throws -> JSONObject {
        let bytes = try Files.read(path)
        guard let text = String(validating: bytes, as: UTF8.self), let json = try? JSONValue.parse(bytes).object,
            self.text(json) == text
        else { throw OperationError("\(path) was changed or is damaged: its checksum is wrong.") }
        return json
    }
}
