// Turnledger. SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import TurnledgerStore

@Suite("Codable types")
struct CodableTests {
    struct Sample: Codable, Equatable {
        enum Kind: String, Codable { case plain, fancy }

        var zeta = "z"
        var alpha: Int? = 3
        var absent: Int?
        var flag = true
        var ratio = 0.5
        var kind = Kind.fancy
        var list = [1, 2, 3]
        var nested: [Sample]?
        var names: [String: Int] = ["b": 2, "a": 1, "c": 3]
        var big = UInt64.max
        var small = Int8.min
        var single: Float = 1.5
    }

    class Base: Codable {
        var base = 1
        init() {}
    }

    final class Derived: Base {
        var own = 2

        enum Key: CodingKey { case own }

        override init() { super.init() }

        required init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: Key.self)
            own = try container.decode(Int.self, forKey: .own)
            try super.init(from: container.superDecoder())
        }

        override func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: Key.self)
            try container.encode(own, forKey: .own)
            try super.encode(to: container.superEncoder())
        }
    }

    struct Holder: Codable, Equatable {
        var json: JSONValue
        var object: JSONObject
        var payload: PayloadValue
        var bytes: [UInt8]
        var data: Data
    }

    enum Choice: Codable, Equatable { case some(Int, name: String), none }

    static let sample = Sample(nested: [Sample(zeta: "inner", alpha: nil)])

    @Test("become payloads in the order of their properties, dictionaries sorted, and come back")
    func payload() throws {
        let value = try PayloadEncoder().encode(Self.sample)
        #expect(
            value.map?.entries.compactMap(\.key.string)
                == ["zeta", "alpha", "flag", "ratio", "kind", "list", "nested", "names", "big", "small", "single"])
        #expect(value.map?["names"] == ["a": 1, "b": 2, "c": 3])
        #expect(value.map?["big"] == .unsigned(.max))
        #expect(value.map?["kind"] == "fancy")
        let decoded = try MessagePack.decode(MessagePack.encode(value))
        #expect(try PayloadDecoder().decode(Sample.self, from: decoded) == Self.sample)
    }

    @Test("become JSON and come back")
    func json() throws {
        let value = try JSONValueEncoder().encode(Self.sample)
        #expect(try JSONValueDecoder().decode(Sample.self, from: JSONValue.parse(value.serialized())) == Self.sample)
        let foundation = try JSONDecoder().decode(Sample.self, from: Data(value.serialized()))
        #expect(foundation == Self.sample)
    }

    @Test("of other shapes come back too")
    func shapes() throws {
        let choices: [Choice?] = [.some(.some(1, name: "n")), nil, .some(Choice.none)]
        #expect(try PayloadDecoder().decode([Choice?].self, from: PayloadEncoder().encode(choices)) == choices)
        let keyed: [Int: String] = [1: "a", 2: "b"]
        #expect(try JSONValueDecoder().decode([Int: String].self, from: JSONValueEncoder().encode(keyed)) == keyed)
        let derived = Derived()
        derived.base = 7
        let value = try JSONValueEncoder().encode(derived)
        #expect(value == ["own": 2, "super": ["base": 7]])
        #expect(try JSONValueDecoder().decode(Derived.self, from: value).base == 7)
        let date = Date(timeIntervalSince1970: 1_700_000_000.25)
        #expect(try JSONValueDecoder().decode(Date.self, from: JSONValueEncoder().encode(date)) == date)
        #expect(try JSONValueEncoder().encode("top") == "top")
        #expect(try PayloadDecoder().decode(Double.self, from: 3) == 3)
        #expect(try PayloadDecoder().decode(Int.self, from: 3.0) == 3)
        #expect(try JSONValueDecoder().decode(Double.self, from: .number("0.10000000000000001")) == 0.1)
    }

    @Test("may hold trees, which are taken as they are")
    func trees() throws {
        let json: JSONValue = ["z": 1, "a": [nil, 1.5, .number("1e400")]]
        let holder = Holder(
            json: json, object: ["y": 1, "b": 2],
            payload: ["k": .binary([1]), "e": .ext(PayloadExt(code: 9, bytes: [1]))],
            bytes: [1, 2], data: Data([3]))
        let value = try PayloadEncoder().encode(holder)
        #expect(value.map?["payload"] == holder.payload)
        #expect(value.map?["bytes"] == .binary([1, 2]))
        #expect(value.map?["data"] == .binary([3]))
        #expect(value.map?["object"] == ["y": 1, "b": 2])
        let read = try PayloadDecoder().decode(Holder.self, from: value)
        #expect(read.payload == holder.payload && read.bytes == holder.bytes && read.data == holder.data)
        #expect(read.object.keys == ["y", "b"])
        #expect(throws: EncodingError.self) { try JSONValueEncoder().encode(holder) }
        let plain = Holder(json: json, object: [:], payload: ["q": 1], bytes: [1], data: Data([0xFF]))
        let tree = try JSONValueEncoder().encode(plain)
        #expect(tree["json"] == json)
        #expect(tree["data"] == "/w==")
        #expect(tree["bytes"] == [1])
        #expect(try JSONValueDecoder().decode(Holder.self, from: tree) == plain)
        let outside = try JSONDecoder().decode(JSONValue.self, from: Data(#"[{"a":[1,1.5,"x",null,true]}]"#.utf8))
        #expect(outside == [["a": [1, 1.5, "x", nil, true]]])
        #expect(try JSONEncoder().encode(outside) == Data(#"[{"a":[1,1.5,"x",null,true]}]"#.utf8))
    }

    struct Path: Decodable {
        struct Step: Decodable { var count: Int8 }
        var steps: [Step]
    }

    static let misfits: [(JSONValue, [String])] = [
        (["steps": [["count": 1], ["count": "x"]]] as JSONValue, ["steps", "Index 1", "count"]),
        (["steps": [["count": 300]]], ["steps", "Index 0", "count"]),
        (["steps": [["count": 1.5]]], ["steps", "Index 0", "count"]),
        (["steps": [["count": nil]]], ["steps", "Index 0", "count"]),
        (["steps": [[:]]], ["steps", "Index 0"]), (["steps": 1], ["steps"]), (["steps": nil], ["steps"]), ([], []),
    ]

    @Test("that do not fit say where", arguments: misfits)
    func errors(value: JSONValue, path: [String]) throws {
        let error = try #require(throws: DecodingError.self) { try JSONValueDecoder().decode(Path.self, from: value) }
        #expect(Self.path(error) == path, "\(error)")
        let other = try #require(throws: DecodingError.self) {
            try PayloadDecoder().decode(Path.self, from: value.payloadValue)
        }
        #expect(Self.path(other) == path)
    }

    @Test("with NaN are no JSON")
    func notANumber() throws {
        let error = try #require(throws: EncodingError.self) { try JSONValueEncoder().encode(["a": [Double.nan]]) }
        guard case .invalidValue(_, let context) = error else { return }
        #expect(context.codingPath.map(\.stringValue) == ["a", "Index 0"])
    }

    private static func path(_ error: DecodingError) -> [String] {
        let context =
            switch error {
            case .typeMismatch(_, let context), .valueNotFound(_, let context), .keyNotFound(_, let context),
                .dataCorrupted(let context):
                context
            @unknown default: DecodingError.Context(codingPath: [], debugDescription: "")
            }
        return context.codingPath.map(\.stringValue)
    }
}
