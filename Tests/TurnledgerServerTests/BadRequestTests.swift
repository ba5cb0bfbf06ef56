// Turnledger. SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Testing
import TurnledgerAgent
import TurnledgerServer
import TurnledgerStore
import TurnledgerTesting

@Suite("Bad chat requests")
struct BadRequestTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let body: [UInt8]
        let says: String

        init(_ name: String, _ body: String, says: String) {
            self.init(name, Array(body.utf8), says: says)
        }

        init(_ name: String, _ body: [UInt8], says: String) {
            testDescription = name
            self.body = body
            self.says = says
        }
    }

    static let parts = #""parts":[{"type":"text","text":"Hello"}]"#

    static func message(_ members: String) -> String { #"{"id":"t","messages":[{\#(members)}]}"# }

    static let malformed: [Case] = [
        Case("no body", "", says: "no body"),
        Case("no JSON", "hello", says: "not valid JSON"),
        Case("cut off", #"{"id":"t","messages":["#, says: "byte 22"),
        Case("invalid UTF-8", Array(#"{"id":"t"#.utf8) + [0xFF] + Array(#""}"#.utf8), says: "not valid JSON"),
        Case("lone surrogate", #"{"id":"\ud800","messages":[]}"#, says: "not valid JSON"),
        Case("too deep", String(repeating: "[", count: 100_000), says: "64 levels"),
        Case("an array", "[]", says: "must be a JSON object"),
    ]

    static let ids: [Case] = [
        Case("no id", #"{"messages":[]}"#, says: "'id' is missing"),
        Case("null id", #"{"id":null,"messages":[]}"#, says: "'id' is missing"),
        Case("empty id", #"{"id":"","messages":[]}"#, says: "empty"),
        Case("number as id", #"{"id":7,"messages":[]}"#, says: "must be a string"),
        Case("id of 10 KB", #"{"id":"\#(String(repeating: "x", count: 10_240))","messages":[]}"#, says: "512"),
        Case("control character in id", #"{"id":"a\u0000b","messages":[]}"#, says: "control character"),
        Case(
            "message id of 10 KB",
            message(#""id":"\#(String(repeating: "x", count: 10_240))","role":"user",\#(parts)"#), says: "512"),
        Case("line end in message id", message(#""id":"a\nb","role":"user",\#(parts)"#), says: "control character"),
        Case("number as message id", message(#""id":1,"role":"user",\#(parts)"#), says: "must be a string"),
    ]

    static let messages: [Case] = [
        Case("no messages", #"{"id":"t"}"#, says: "'messages' is missing"),
        Case("object as messages", #"{"id":"t","messages":{}}"#, says: "must be an array"),
        Case("empty messages", #"{"id":"t","messages":[]}"#, says: "is empty"),
        Case("text as message", #"{"id":"t","messages":["hi"]}"#, says: "Message 1 must be an object"),
        Case("array as the last message", #"{"id":"t","message":[]}"#, says: "must be an object"),
        Case("no role", message(parts), says: "role of message 1 is missing"),
        Case("number as role", message(#""role":1,\#(parts)"#), says: "must be a string"),
        Case("unknown role", message(#""role":"wizard",\#(parts)"#), says: "'wizard'"),
        Case(
            "unknown role before the last",
            #"{"id":"t","messages":[{"role":"wizard",\#(parts)},{"role":"user",\#(parts)}]}"#, says: "message 1"),
        Case("assistant last", message(#""role":"assistant",\#(parts)"#), says: "the assistant's"),
        Case("system last", message(#""role":"system",\#(parts)"#), says: "system message"),
        Case("no parts", message(#""role":"user""#), says: "no 'parts'"),
        Case("empty parts", message(#""role":"user","parts":[]"#), says: "empty"),
        Case("text as parts", message(#""role":"user","parts":"hi""#), says: "must be an array"),
        Case("text as part", message(#""role":"user","parts":["hi"]"#), says: "Part 1 must be an object"),
        Case("part without type", message(#""role":"user","parts":[{"text":"hi"}]"#), says: "no 'type'"),
        Case(
            "number as text", message(#""role":"user","parts":[{"type":"text","text":1}]"#), says: "'text' as a string"),
        Case("blank text", message(#""role":"user","parts":[{"type":"text","text":" \n "}]"#), says: "empty"),
        Case(
            "file without url", message(#""role":"user","parts":[{"type":"file","mediaType":"image/png"}]"#),
            says: "'url'"),
        Case("unknown trigger", #"{"id":"t","trigger":"explode","messages":[]}"#, says: "trigger"),
        Case("number as trigger", #"{"id":"t","trigger":1,"messages":[]}"#, says: "'trigger' must be a string"),
        Case("number as messageId", #"{"id":"t","messageId":1,"messages":[]}"#, says: "'messageId' must be a string"),
    ]

    @Test("are refused with 400 and one sentence", arguments: malformed + ids + messages)
    func refused(_ request: Case) async throws {
        let fixture = try ServerFixture()
        try await fixture.test { client in
            let response = try await client.execute(
                uri: "/api/ai-sdk/chat", method: .post, body: ByteBuffer(bytes: request.body)
            ) { $0 }
            #expect(response.status == .badRequest)
            #expect(response.headers[.contentType] == "text/plain; charset=utf-8")
            #expect(response.text.contains(request.says), "\(response.text)")
            #expect(response.text.utf8.count < 300)
            #expect(try await fixture.store.threads(ThreadQuery()).threads.isEmpty)
        }
    }

    @Test("a body beyond the limit gets 413, with or without its length said before")
    func tooLarge() async throws {
        let settings = ServerSettings(chat: ChatSettings(maximumBodySize: 2000))
        let fixture = try ServerFixture(settings: settings)
        let body = ChatBody.last(String(repeating: "x", count: 3000), id: "u1")
        try await fixture.test { client in
            let response = try await client.chat(body)
            #expect(response.status == .contentTooLarge)
            #expect(response.text.contains("2000 bytes"))
        }
        try await fixture.test(.live) { client in
            let response = try await client.chat(body, headers: [.transferEncoding: "chunked"])
            #expect(response.status == .contentTooLarge)
        }
    }

    @Test(
        "a body that says it is no JSON gets 415, also from a page of another origin",
        arguments: [
            ("text/plain", nil), ("application/x-www-form-urlencoded", nil), ("multipart/form-data; boundary=x", nil),
            ("application/json", "gzip"),
        ])
    func otherTypes(_ type: String, _ coding: String?) async throws {
        let fixture = try ServerFixture()
        let fields: [HTTPField.Name: String?] = [.contentType: type, .contentEncoding: coding]
        let headers = HTTPFields(fields.compactMap { name, value in value.map { HTTPField(name: name, value: $0) } })
        let body = ChatBody.last("Hello", id: "u1")
        try await fixture.test { client in
            let response = try await client.execute(
                uri: "/api/ai-sdk/chat", method: .post, headers: headers, body: ByteBuffer(string: body)
            ) { $0 }
            #expect(response.status == .unsupportedMediaType)
            #expect(response.text.contains(coding == nil ? "application/json" : "Content-Encoding"), "\(response.text)")
            #expect(try await fixture.store.threads(ThreadQuery()).threads.isEmpty)
        }
    }

    @Test(
        "JSON is taken under any of its names",
        arguments: ["application/json; charset=utf-8", "Application/JSON", "application/problem+json"])
    func jsonTypes(_ type: String) async throws {
        let fixture = try ServerFixture([.text("Hello.")])
        let body = ChatBody.last("Hello", id: "u1")
        try await fixture.test { client in
            let response = try await client.execute(
                uri: "/api/ai-sdk/chat", method: .post, headers: [.contentType: type], body: ByteBuffer(string: body)
            ) { $0 }
            #expect(response.status == .ok)
        }
    }

    @Test("a message of ten megabytes is answered, and kept as it is")
    func large() async throws {
        let fixture = try ServerFixture([.text("Long.")])
        let text = String(repeating: "wörd 🧯 ", count: 1_000_000)
        try await fixture.test { client in try await client.say(text, id: "u1") }
        #expect(text.utf8.count > 10_000_000)
        #expect(try await fixture.service.messages(of: "t").first?.text == text)
    }
}
