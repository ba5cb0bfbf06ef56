// Turnledger. SPDX-License-Identifier: Apache-2.0

import Testing

@testable import TurnledgerModels

@Suite("Server-sent events")
struct ServerSentEventParserTests {
    private func parse(_ pieces: [[UInt8]], maximumEventSize: Int = 1024) throws -> [String] {
        var parser = ServerSentEventParser(maximumEventSize: maximumEventSize)
        var events: [ServerSentEventParser.Event] = []
        for piece in pieces { events += try parser.append(piece) }
        events += try parser.finish()
        return events.map { event in
            switch event {
            case .data(let bytes): String(decoding: bytes, as: UTF8.self)
            case .error(let bytes): "error! " + String(decoding: bytes, as: UTF8.self)
            }
        }
    }

    private func parse(_ text: String, maximumEventSize: Int = 1024) throws -> [String] {
        try parse([Array(text.utf8)], maximumEventSize: maximumEventSize)
    }

    @Test("lines end with LF, CR or CRLF, mixed as they like", arguments: ["\n", "\r", "\r\n"])
    func lineEnds(_ end: String) throws {
        let text = "data: one\(end)\(end)data: two\(end)\(end)"
        #expect(try parse(text) == ["one", "two"])
        #expect(try parse("data: one\n\r\ndata: two\r\n\ndata: three\r\r") == ["one", "two", "three"])
    }

    @Test("bytes may be split anywhere, inside CRLF and inside a character too")
    func splits() throws {
        let text =
            "\u{FEFF}: ping\r\ndata: {\"a\":\"门 🚪\"}\r\n\r\nevent: x\rdata:two\r\rdata: three\ndata: four\n\n: end"
        let bytes = Array(text.utf8)
        let whole = try parse([bytes])
        #expect(whole == ["{\"a\":\"门 🚪\"}", "two", "three\nfour"])
        for first in 0...bytes.count {
            #expect(try parse([Array(bytes[..<first]), Array(bytes[first...])]) == whole, "split at \(first)")
        }
        #expect(try parse(bytes.map { [$0] }) == whole)
    }

    @Test("comments and the fields event, id and retry are dropped")
    func comments() throws {
        let text = ": OPENROUTER PROCESSING\n\nevent: ping\nid: 7\nretry: 10\ndata: x\n\n:\n\nevent: lonely\n\n"
        #expect(try parse(text) == ["x"])
    }

    @Test("only one space behind the colon is dropped, and none is needed")
    func spaces() throws {
        #expect(try parse("data:a\n\ndata:  b\n\ndata\n\ndata: c \n\n") == ["a", " b", "c "])
    }

    @Test("an error line of old llama.cpp is an event of its own")
    func errorLine() throws {
        let text = "data: {}\n\nerror: {\"code\":500,\"message\":\"slot unavailable\"}\n\n"
        #expect(try parse(text) == ["{}", "error! {\"code\":500,\"message\":\"slot unavailable\"}"])
        #expect(try parse("data: a\nerror: b\n") == ["a", "error! b"])
    }

    @Test("the last event counts without its blank line, and without its line end")
    func unterminated() throws {
        #expect(try parse("data: a\n\ndata: b\n") == ["a", "b"])
        #expect(try parse("data: a\n\ndata: [DONE]") == ["a", "[DONE]"])
        #expect(try parse("") == [])
    }

    @Test("a line or an event beyond the limit is refused, many small ones are not")
    func limits() throws {
        #expect(throws: ServerSentEventParser.TooLarge.self) {
            try parse("data: " + String(repeating: "x", count: 200), maximumEventSize: 100)
        }
        #expect(throws: ServerSentEventParser.TooLarge.self) {
            try parse(String(repeating: "data: 0123456789\n", count: 20), maximumEventSize: 100)
        }
        let small = try parse(String(repeating: "data: 0123456789\n\n", count: 50), maximumEventSize: 100)
        #expect(small.count == 50)
    }

    @Test("bytes that are no events yield nothing")
    func rubbish() throws {
        let bytes = (0..<900).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ 7) }
        #expect(try parse([bytes]).isEmpty)
    }
}
