// Turnledger. SPDX-License-Identifier: Apache-2.0

import Testing
import TurnledgerStore

@Suite("MessagePack")
struct MessagePackTests {
    @Test("round-trips every golden sample to the same bytes", arguments: GoldenSample.messagePack)
    func golden(_ sample: GoldenSample) throws {
        let value = try MessagePack.decode(sample.bytes)
        #expect(MessagePack.encode(value) == sample.bytes)
        if let tree = sample.tree, let json = JSONValue(value) { #expect(json == tree) }
    }

    @Test("refuses every golden sample that is cut short", arguments: GoldenSample.messagePack)
    func truncated(_ sample: GoldenSample) {
        let step = sample.bytes.count < 5000 ? 1 : sample.bytes.count / 512
        for length in stride(from: 0, to: sample.bytes.count, by: step) {
            #expect(throws: StoreError.self) { try MessagePack.decode(Array(sample.bytes[..<length])) }
        }
    }

    static let shortestForms: [(PayloadValue, String)] = [
        (PayloadValue.integer(127), "7f"), (.integer(128), "cc80"), (.integer(255), "ccff"), (.integer(256), "cd0100"),
        (.integer(65_536), "ce00010000"), (.integer(.max), "cf7fffffffffffffff"),
        (.unsigned(.max), "cfffffffffffffffff"), (.unsigned(5), "05"),
        (.integer(-32), "e0"), (.integer(-33), "d0df"), (.integer(-128), "d080"), (.integer(-129), "d1ff7f"),
        (.integer(-32_769), "d2ffff7fff"), (.integer(-2_147_483_649), "d3ffffffff7fffffff"),
        (.integer(.min), "d38000000000000000"),
    ]

    @Test("takes the shortest form of an integer", arguments: shortestForms)
    func integers(value: PayloadValue, hex: String) {
        #expect(Hex.text(MessagePack.encode(value)) == hex)
    }

    @Test("takes the shortest header of text, binary, arrays, maps and ext nodes")
    func headers() throws {
        let lengths = [0, 1, 2, 4, 8, 15, 16, 17, 31, 32, 255, 256, 65_535, 65_536]
        let headers: [(PayloadValue, String)] = lengths.flatMap { length -> [(PayloadValue, String)] in
            let bytes = [UInt8](repeating: 0x61, count: length)
            return [
                (
                    .string(String(repeating: "a", count: length)),
                    Self.header(length, fix: (0xA0, 32), 0xD9, 0xDA, 0xDB)
                ),
                (.binary(bytes), Self.header(length, fix: nil, 0xC4, 0xC5, 0xC6)),
                (
                    .array([PayloadValue](repeating: .null, count: length)),
                    Self.header(length, fix: (0x90, 16), nil, 0xDC, 0xDD)
                ),
                (
                    .map(PayloadMap(entries: bytes.map { .init(key: .integer(Int64($0)), value: .null) })),
                    Self.header(length, fix: (0x80, 16), nil, 0xDE, 0xDF)
                ),
            ]
        }
        for (value, header) in headers {
            let encoded = MessagePack.encode(value)
            #expect(Hex.text(Array(encoded.prefix(header.utf8.count / 2))) == header)
            #expect(try MessagePack.decode(encoded) == value)
        }
        let extHeaders = [
            (0, "c70005"), (1, "d405"), (2, "d505"), (3, "c70305"), (4, "d605"), (8, "d705"), (16, "d805"),
            (17, "c71105"), (255, "c7ff05"), (256, "c8010005"), (65_536, "c90001000005"),
        ]
        for (length, header) in extHeaders {
            let value = PayloadValue.ext(PayloadExt(code: 5, bytes: [UInt8](repeating: 1, count: length)))
            let encoded = MessagePack.encode(value)
            #expect(Hex.text(Array(encoded.prefix(header.utf8.count / 2))) == header)
            #expect(try MessagePack.decode(encoded) == value)
        }
    }

    @Test(
        "keeps the bits of a floating-point number",
        arguments: [
            "cb7ff8000000000000", "cbfff8000000000000", "cb7ff8000000000001", "cb8000000000000000",
            "cb3ff0000000000000",
        ])
    func floatingPoint(hex: String) throws {
        #expect(try Hex.text(MessagePack.encode(MessagePack.decode(Hex.bytes(hex)))) == hex)
    }

    static let longerForms: [(String, PayloadValue)] = [
        ("d3000000000000000a", PayloadValue.integer(10)), ("ca3fc00000", .double(1.5)), ("d90161", "a"),
        ("dd0000000101", .array([1])), ("df000000010102", .map(PayloadMap(entries: [.init(key: 1, value: 2)]))),
        ("c9000000010701", .ext(PayloadExt(code: 7, bytes: [1]))), ("c6000000010a", .binary([10])),
        ("d4ff00", .ext(PayloadExt(code: -1, bytes: [0]))),
    ]

    @Test("reads long forms that ormsgpack never writes", arguments: longerForms)
    func longForms(hex: String, value: PayloadValue) throws {
        #expect(try MessagePack.decode(Hex.bytes(hex)) == value)
    }

    static let noDocuments: [(String, String)] = [
        ("", "at byte 0"), ("c1", "c1, which means nothing, at byte 0"), ("92c0c1", "at byte 2"),
        ("c000", "after the end"),
        ("a2c328", "not UTF-8 at byte 1"), ("a3eda080", "not UTF-8"), ("a1", "1 bytes claimed"),
        ("ddffffffff00", "More values claimed"), ("dfffffffff00", "More values claimed"), ("dbffffffff61", "claimed"),
        ("c6ffffffff61", "claimed"), ("c9ffffffff0561", "claimed"), ("9291c0", "at byte"),
        ("92", "More values claimed"),
    ]

    @Test("refuses what is no document, and says where", arguments: noDocuments)
    func refused(hex: String, reason: String) throws {
        let error = try #require(throws: StoreError.self) { try MessagePack.decode(Hex.bytes(hex)) }
        #expect(error.code == .undecodable)
        #expect(error.detail.contains(reason), "\(error.detail)")
    }

    @Test("keeps to the limits of depth, values and bytes")
    func limits() throws {
        let nested = [UInt8](repeating: 0x91, count: 300) + [0xC0]
        #expect(throws: StoreError.self) { try MessagePack.decode(nested) }
        #expect(throws: Never.self) { try MessagePack.decode(nested, limits: PayloadLimits(depth: 300)) }
        let wide = MessagePack.encode(.array([PayloadValue](repeating: .null, count: 100)))
        #expect(throws: StoreError.self) { try MessagePack.decode(wide, limits: PayloadLimits(values: 100)) }
        #expect(throws: Never.self) { try MessagePack.decode(wide, limits: PayloadLimits(values: 101)) }
        #expect(throws: StoreError.self) { try MessagePack.decode(wide, limits: PayloadLimits(bytes: 102)) }
    }

    @Test("survives a second of random damage to golden samples")
    func fuzz() {
        var random = SeededGenerator(seed: 0x5EED)
        let samples = GoldenSample.messagePack.map(\.bytes).filter { $0.count < 20_000 }
        let end = ContinuousClock.now + .seconds(1)
        while ContinuousClock.now < end {
            for _ in 0..<64 {
                let damaged = random.damage(samples[Int(random.next() % UInt64(samples.count))])
                if let value = try? MessagePack.decode(damaged) {
                    #expect((try? MessagePack.decode(MessagePack.encode(value))) != nil)
                }
            }
        }
    }

    private static func header(_ length: Int, fix: (UInt8, Int)?, _ codes: UInt8?...) -> String {
        if let fix, length < fix.1 { return Hex.text([fix.0 | UInt8(length)]) }
        for (code, size) in zip(codes, [1, 2, 4]) where length < 1 << (size * 8) {
            guard let code else { continue }
            let digits = String(length, radix: 16)
            return Hex.text([code]) + String(repeating: "0", count: size * 2 - digits.utf8.count) + digits
        }
        return ""
    }
}
