// Turnledger. SPDX-License-Identifier: Apache-2.0

import Testing
import TurnledgerStore

@Suite("JSON")
struct JSONTests {
    static let allowed: [(String, JSONValue)] = [
        ("null", JSONValue.null), (" true ", true), ("false", false), ("\t\r\n0", 0), ("-0", 0), ("12", 12),
        ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)),
        ("9223372036854775808", .number("9223372036854775808")),
        ("1.0", 1.0), ("-0.0", .double(-0.0)), ("1.50", 1.5), ("1e5", 100_000.0), ("1E+2", 100.0), ("25e-1", 2.5),
        ("5e-324", .double(.leastNonzeroMagnitude)), ("0.1", 0.1), ("0e99", 0.0),
        ("0.10000000000000001", .number("0.10000000000000001")), ("1e400", .number("1e400")),
        ("123456789012345678901234567890.5", .number("123456789012345678901234567890.5")),
        ("\"\"", ""), (#""a\"\\\/\b\f\n\r\té\u00e9""#, "a\"\\/\u{8}\u{C}\n\r\téé"), (#""\u0000""#, "\0"),
        (#""\ud83d\ude00""#, "😀"), (#""\uD83D\uDE00x""#, "😀x"), ("\"\u{10FFFF}\u{7F}\"", "\u{10FFFF}\u{7F}"),
        ("[]", []), ("[ ]", []), ("[1,[2],{}]", [1, [2], [:]]), ("{}", [:]), ("{ }", [:]),
        (#"{"b":1, "a" : {"c":null}}"#, ["b": 1, "a": ["c": nil]]),
        (#"{"a":1,"a":2}"#, .object(JSONObject(members: [.init(key: "a", value: 1), .init(key: "a", value: 2)]))),
    ]

    @Test("parses what RFC 8259 allows", arguments: allowed)
    func parses(text: String, value: JSONValue) throws {
        #expect(try JSONValue.parse(text) == value)
    }

    static let refused: [(String, Int)] = [
        ("", 0), (" ", 1), ("nul", 0), ("NaN", 0), ("Infinity", 0), ("-Infinity", 1), ("True", 0), ("'a'", 0),
        ("01", 1),
        ("-", 1), ("+1", 0), ("1.", 2), (".5", 0), ("1e", 2), ("1e+", 3), ("0x10", 1), ("1_000", 1), ("--1", 1),
        ("[1,]", 3), ("[1 2]", 3), ("[", 1), ("[1", 2), ("]", 0), ("[1}", 2),
        ("{", 1), (#"{"a"}"#, 4), (#"{"a":}"#, 5), (#"{"a":1,}"#, 7), ("{a:1}", 1), ("{1:1}", 1),
        (#"{"a":1 "b":2}"#, 7),
        ("\"", 1), (#""\"#, 2), (#""\x""#, 1), (#""\u12"#, 5), (#""\u12g4""#, 5), ("\"a\nb\"", 2), ("\"a\u{0}\"", 2),
        (#""\ud83d""#, 1), (#""\ude00""#, 1), (#""\ud83d\n""#, 1), (#""a\ud83d\u0041""#, 2), (#""\ud83dx""#, 1),
        ("1 2", 2), ("{} []", 3), ("\u{FEFF}1", 0), ("// x\n1", 0), ("[1,/**/2]", 3),
    ]

    @Test("refuses all else, and says where", arguments: refused)
    func refuses(text: String, place: Int) throws {
        let error = try #require(throws: StoreError.self) { try JSONValue.parse(text) }
        #expect(error.code == .undecodable)
        #expect(error.detail.hasSuffix("at byte \(place)."), "\(error.detail)")
    }

    @Test(
        "refuses text that is not UTF-8",
        arguments: [
            "22ff22", "22c322", "22c0af22", "22eda08022", "22f490808022", "22e28222", "225cff22", "226e5c6ec322", "ff",
        ])
    func invalidUTF8(hex: String) {
        #expect(throws: StoreError.self) { try JSONValue.parse(Hex.bytes(hex)) }
    }

    @Test("keeps to the limits of depth, values and bytes")
    func limits() throws {
        let nested = String(repeating: "[", count: 257) + String(repeating: "]", count: 257)
        #expect(throws: StoreError.self) { try JSONValue.parse(nested) }
        #expect(throws: Never.self) { try JSONValue.parse(nested, limits: PayloadLimits(depth: 257)) }
        #expect(throws: StoreError.self) { try JSONValue.parse("[1,2,3]", limits: PayloadLimits(values: 3)) }
        #expect(throws: Never.self) { try JSONValue.parse("[1,2,3]", limits: PayloadLimits(values: 4)) }
        #expect(throws: StoreError.self) { try JSONValue.parse("[1,2,3]", limits: PayloadLimits(bytes: 6)) }
    }

    static let written: [(JSONValue, String)] = [
        (JSONValue.null, "null"), (true, "true"), (-5, "-5"), (1.0, "1.0"), (1e16, "1e+16"), (1e-5, "1e-05"),
        (.double(.nan), "null"), (.number("1e400"), "1e400"), (.double(-0.0), "-0.0"),
        ("é😀/\u{7F}\u{2028}", "\"é😀/\u{7F}\u{2028}\""),
        ("\"\\\u{8}\u{C}\n\r\t\u{0}\u{1F}", #""\"\\\b\f\n\r\t\u0000\u001f""#),
        (["b": [1, nil], "a": [:]], #"{"b":[1,null],"a":{}}"#),
    ]

    @Test("writes one line of UTF-8, escaping no more than it must", arguments: written)
    func writes(value: JSONValue, text: String) {
        #expect(value.text == text)
    }

    @Test("becomes a payload and comes back")
    func payloads() throws {
        let value: JSONValue = ["a": [1, 1.5, "x", true, nil], "b": ["c": .number("18446744073709551615")]]
        #expect(
            value.payloadValue
                == ["a": [1, 1.5, "x", true, nil], "b": ["c": .unsigned(.max)]])
        #expect(JSONValue(value.payloadValue) == value)
        #expect(JSONValue(PayloadValue.binary([1])) == nil)
        #expect(JSONValue([.ext(PayloadExt(code: 5, bytes: []))] as PayloadValue) == nil)
        #expect(JSONValue(.map(PayloadMap(entries: [.init(key: 1, value: 2)]))) == nil)
        #expect(JSONValue(.double(.infinity)) == nil)
        #expect(JSONValue.number("1e30").payloadValue == .double(1e30))
    }

    @Test("survives a second of random damage")
    func fuzz() {
        var random = SeededGenerator(seed: 0x150)
        let samples = Fixture.lines("serde-golden.jsonl").filter { $0.utf8.count < 10_000 }.map { Array($0.utf8) }
        let end = ContinuousClock.now + .seconds(1)
        while ContinuousClock.now < end {
            for _ in 0..<64 {
                let damaged = random.damage(samples[Int(random.next() % UInt64(samples.count))])
                if let value = try? JSONValue.parse(damaged) {
                    #expect((try? JSONValue.parse(value.serialized())) == value)
                }
            }
        }
    }
}
