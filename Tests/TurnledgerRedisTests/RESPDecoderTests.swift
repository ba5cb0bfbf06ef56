// Turnledger. SPDX-License-Identifier: Apache-2.0

import NIOCore
import Testing

@testable import TurnledgerRedis

@Suite("Reading Redis's answers")
struct RESPDecoderTests {
    private static func bytes(_ text: String) -> RESPValue { .bytes(ByteBuffer(string: text)) }

    @Test(
        "every type of both versions of the protocol",
        arguments: [
            ("+OK\r\n", .status("OK")), ("-WRONGTYPE no\r\n", .error("WRONGTYPE no")), (":-12\r\n", .integer(-12)),
            ("$5\r\nhe\r\nl\r\n", bytes("he\r\nl")), ("$0\r\n\r\n", bytes("")), ("$-1\r\n", .null), ("*-1\r\n", .null),
            ("*2\r\n:1\r\n$1\r\na\r\n", .array([.integer(1), bytes("a")])), ("*0\r\n", .array([])), ("_\r\n", .null),
            ("#t\r\n", .bool(true)), ("#f\r\n", .bool(false)), (",1.5\r\n", .double(1.5)),
            (
                "(3492890328409238509324850943850943825024385\r\n",
                .status("3492890328409238509324850943850943825024385")
            ),
            ("!5\r\nERR x\r\n", .error("ERR x")), ("=7\r\ntxt:abc\r\n", bytes("abc")),
            ("%1\r\n+a\r\n:1\r\n", .array([.status("a"), .integer(1)])), ("~1\r\n:7\r\n", .array([.integer(7)])),
            (">1\r\n+invalidate\r\n", .push([.status("invalidate")])), ("|1\r\n+a\r\n+b\r\n:5\r\n", .integer(5)),
        ] as [(String, RESPValue)])
    func types(_ text: String, _ expected: RESPValue) throws {
        var (decoder, buffer) = (RESPDecoder(), ByteBuffer(string: text))
        #expect(try decoder.next(in: &buffer) == expected)
        #expect(buffer.readableBytes == 0)
    }

    @Test("an answer that comes in pieces is read once it is whole, wherever it was cut")
    func pieces() throws {
        let bytes = Array("*3\r\n$3\r\nabc\r\n*1\r\n:42\r\n_\r\n".utf8)
        for cut in bytes.indices {
            var (decoder, buffer) = (RESPDecoder(), ByteBuffer(bytes: bytes[..<cut]))
            #expect(try decoder.next(in: &buffer) == nil)
            #expect(buffer.readableBytes == cut)
            buffer.writeBytes(bytes[cut...])
            buffer.writeString("+next\r\n")
            #expect(try decoder.next(in: &buffer) == .array([Self.bytes("abc"), .array([.integer(42)]), .null]))
            #expect(try decoder.next(in: &buffer) == .status("next"))
        }
    }

    @Test("answers that come byte by byte are read one after another")
    func bytewise() throws {
        let text = "*3\r\n*0\r\n|1\r\n+a\r\n*1\r\n:9\r\n%1\r\n+k\r\n$2\r\nab\r\n~1\r\n*-1\r\n>1\r\n+x\r\n*0\r\n"
        var (decoder, buffer) = (RESPDecoder(), ByteBuffer())
        var answers: [RESPValue] = []
        for byte in text.utf8 {
            buffer.writeInteger(byte)
            while let answer = try decoder.next(in: &buffer) { answers.append(answer) }
        }
        #expect(
            answers == [
                .array([.array([]), .array([.status("k"), Self.bytes("ab")]), .array([.null])]), .push([.status("x")]),
                .array([]),
            ])
        #expect(buffer.readableBytes == 0)
    }

    @Test(
        "what no Redis sends is an error",
        arguments: [
            "HTTP/1.1 400 Bad Request\r\n", ":1.5\r\n", "$-2\r\n", "$x\r\n", "$3\r\nabcde", "*99999999999\r\n",
            "+a\rb\r\n",
            String(repeating: "*1\r\n", count: 100) + ":1\r\n", "+" + String(repeating: "x", count: 1 << 17),
        ])
    func refused(_ text: String) {
        var (decoder, buffer) = (RESPDecoder(), ByteBuffer(string: text))
        #expect(throws: RESPError.self) { while try decoder.next(in: &buffer) != nil {} }
    }
}
