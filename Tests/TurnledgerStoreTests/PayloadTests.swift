// Turnledger. SPDX-License-Identifier: Apache-2.0

import Testing
import TurnledgerStore

@Suite("Payloads")
struct PayloadTests {
    static let written = GoldenSample.all.filter {
        ["null", "bytes", "bytearray", "msgpack"].contains($0.type)
    }

    @Test("are encoded again to the same type and bytes", arguments: written)
    func golden(_ sample: GoldenSample) throws {
        let payload = Payload(type: sample.type, bytes: sample.bytes)
        let (again, value) = try payload.encodedAgain()
        #expect(again == payload)
        if let tree = sample.tree { #expect(value.tree() == tree) }
    }

    static let envelopes: [(String, String)] = [
        (
            #"{"lc":1,"type":"constructor","id":["langchain","schema","messages","RemoveMessage"],"kwargs":{"id":"x"}}"#,
            "c78c0594d9206c616e67636861696e5f636f72652e6d657373616765732e6d6f646966696572ad52656d6f76654d657373616765"
                + "86a7636f6e74656e74a0b16164646974696f6e616c5f6b776172677380b1726573706f6e73655f6d6574616461746180a4747970"
                + "65a672656d6f7665a46e616d65c0a26964a178b36d6f64656c5f76616c69646174655f6a736f6e"
        ),
        (
            #"{"lc":2,"type":"constructor","id":["datetime","datetime"],"args":[2024,1,2]}"#,
            "c7350394a86461746574696d65a86461746574696d65b3323032342d30312d30325430303a30303a3030ad66726f6d69736f666f726d6174"
        ),
        (
            #"{"lc":2,"type":"constructor","id":["datetime","time"],"args":[1,2,3,4]}"#,
            "c7410293a86461746574696d65a474696d6586a4686f757201a66d696e75746502a67365636f6e6403ab6d6963726f7365636f6e6404"
                + "a6747a696e666fc0a4666f6c6400"
        ),
        (
            #"{"lc":2,"type":"constructor","id":["builtins","set"],"args":[[1,2]]}"#,
            "c7110093a86275696c74696e73a3736574920102"
        ),
        (
            #"{"lc":2,"type":"constructor","id":["langgraph","types","Send"],"kwargs":{"node":"n","arg":1}}"#,
            "c71a0193af6c616e6767726170682e7479706573a453656e6492a16e01"
        ),
        (
            #"{"lc":2,"type":"constructor","id":["langgraph","types","Interrupt"],"kwargs":{"value":"v","resumable":true,"ns":["a"],"when":"during"}}"#,
            "c75a0293af6c616e6767726170682e7479706573a9496e7465727275707483a576616c7565a176a26964d920613936666166"
                + "3730356166313638333465366336333262363165393634653166af726573706f6e73655f736368656d61c0"
        ),
        (
            #"{"lc":2,"type":"constructor","id":["pathlib","Path"],"args":["/a","b"]}"#,
            "c71a0193a7706174686c6962a9506f7369785061746893a12fa161a162"
        ),
        (#"{"lc":2,"type":"constructor","id":["decimal","Decimal"],"args":["abc"]}"#, ""),
        (
            #"{"lc":2,"type":"constructor","id":["datetime","datetime"],"method":["fromisoformat"],"args":["2024-05-04"]}"#,
            ""
        ),
        (#"{"lc":1,"type":"secret","id":["KEY"]}"#, ""),
        (
            #"{"lc":2,"type":"constructor","id":["os","system"],"args":["true"]}"#,
            "84a26c6302a474797065ab636f6e7374727563746f72a2696492a26f73a673797374656da46172677391a474727565"
        ),
        ("[NaN,-Infinity]", "92cb7ff8000000000000cbfff0000000000000"), (#"{"a":1,"b":0,"a":2}"#, "82a16102a16200"),
        (#""\ud800x""#, "a23f78"),
    ]

    @Test("of old JSON become what Python writes for the same values today", arguments: envelopes)
    func legacy(json: String, hex: String) throws {
        let (again, _) = try Payload(type: "json", bytes: Array(json.utf8)).encodedAgain()
        #expect(Hex.text(again.bytes) == hex)
        #expect(again.type == (hex.isEmpty ? "null" : "msgpack"))
    }

    @Test("that are code, sealed or unknown are refused with the reason")
    func refused() throws {
        for (type, reason) in [("pickle", "code, not data"), ("msgpack+aes", "sealed"), ("x", "not known")] {
            let error = try #require(throws: StoreError.self) { try Payload(type: type, bytes: [0x80]).decoded() }
            #expect(error.code == .unsupported)
            #expect(error.detail.contains(reason))
        }
        #expect(try Payload(type: "empty", bytes: []).decoded() == .null)
    }

    @Test("show what JSON has no form for")
    func tree() throws {
        let map = PayloadMap(entries: [.init(key: 1, value: "a"), .init(key: "a", value: nil)])
        let value: PayloadValue = [
            .binary([0, 255]), .double(-.infinity), .map(map), .ext(PayloadExt(code: 9, bytes: [0xC1])),
            .ext(LangGraphExt.deltaSnapshot(["x": .unsigned(.max)])),
        ]
        #expect(
            value.tree().text
                == #"[{"$bin":"00ff"},{"$float":"-inf"},{"$map":[[1,"a"],["a",null]]},{"$ext":9,"$bin":"c1"},"#
                + #"{"$ext":7,"v":{"x":18446744073709551615}}]"#)
    }

    @Test("nested deeper than the limit keep their bytes")
    func depth() throws {
        var ext = PayloadExt(code: 7, bytes: [0xC0])
        for _ in 0..<2_000 { ext = LangGraphExt.deltaSnapshot(.ext(ext)) }
        let text = PayloadValue.ext(ext).tree().text
        #expect(text.contains("$bin"))
        #expect(text.components(of: "$ext") <= 256)
    }
}

extension String {
    fileprivate func components(of part: String) -> Int { split(separator: part).count - 1 }
}
