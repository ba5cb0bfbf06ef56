// Turnledger. SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import TurnledgerEncryption
import TurnledgerStore

/// `turnledger payload`.
struct PayloadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "payload",
        abstract: "Shows what a stored value holds.",
        discussion: """
            Reads lines of JSON from standard input, each a row's type and bytes, and writes one line for each: the type
            and the bytes as Turnledger writes the value, and the value.

                echo '{"type": "msgpack", "hex": "82a16101a16290"}' | turnledger payload
                {"type":"msgpack","hex":"82a16101a16290","value":{"a":1,"b":[]}}

            From PostgreSQL, with psql:

                COPY (SELECT json_build_object('type', type, 'hex', encode(blob, 'hex')) FROM checkpoint_blobs) TO STDOUT

            What JSON does not have: {"$bin": hex}, {"$float": "nan"}, {"$map": [[key, value]]}, {"$ext": code, "v": …}.
            Types that end in +aes need LANGGRAPH_AES_KEY. A line that is refused gives {"error": …}; the exit code is 1
            then. A `name` of the line is repeated.
            """)

    func run() async throws {
        let cipher: AESEAXCipher?
        do {
            cipher = try AESEAXCipher.ofEnvironment
        } catch {
            throw ValidationError(error.detail)
        }
        var hasFailed = false
        while let line = readLine() {
            if line.allSatisfy(\.isWhitespace) { continue }
            let answer = PayloadLine.answer(to: line, cipher: cipher)
            hasFailed = hasFailed || answer["error"] != nil
            print(JSONValue.object(answer).text)
        }
        if hasFailed { throw ExitCode.failure }
    }
}

/// One line of `turnledger payload`.
enum PayloadLine {
    /// What is written for a line: `type`, `hex` and `value`, or `error`.
    static func answer(to line: String, cipher: (any PayloadCipher)?) -> JSONObject {
        var answer = JSONObject()
        do throws(StoreError) {
            let request = try JSONValue.parse(line)
            answer["name"] = request["name"]
            guard let type = request["type"]?.string, let bytes = request["hex"]?.string.flatMap(bytes) else {
                throw StoreError(.invalid, "The line has no `type` with `hex`, an even number of hexadecimal digits.")
            }
            let (payload, value) = try Payload(type: type, bytes: bytes).encodedAgain(cipher: cipher)
            answer["type"] = .string(payload.type)
            answer["hex"] = .string(payload.bytes.map { hexadecimal($0) }.joined())
            answer["value"] = value.tree()
        } catch {
            answer["error"] = .string("\(error.code): \(error.detail)")
        }
        return answer
    }

    private static func bytes(_ text: String) -> [UInt8]? {
        var result: [UInt8] = []
        var high: Int?
        for character in text {
            guard let digit = character.hexDigitValue, character.isASCII else { return nil }
            if let first = high {
                result.append(UInt8(first << 4 | digit))
                high = nil
            } else {
                high = digit
            }
        }
        return high == nil ? result : nil
    }

    private static func hexadecimal(_ byte: UInt8) -> String {
        String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
    }
}
