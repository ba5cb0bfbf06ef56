// Turnledger. SPDX-License-Identifier: Apache-2.0

import Testing
import TurnledgerAgent
import TurnledgerStore

@Suite("The schema of a tool's arguments")
struct JSONSchemaTests {
    enum Unit: String, Decodable, CaseIterable { case metric, imperial }
    struct Place: Decodable { var city: String, floor: Int? }
    struct Arguments: Decodable {
        var query: String
        var limit: Int?
        var exact: Bool
        var weight: Double
        var unit: Unit
        var places: [Place]
    }

    @Test("comes from the type: kinds, what is required, enumerations, nested objects and lists")
    func derived() throws {
        let schema = try JSONSchema(of: Arguments.self, descriptions: ["query": "What to look for."]).json
        #expect(schema["type"] == "object")
        #expect(schema["required"] == ["query", "exact", "weight", "unit", "places"])
        #expect(schema["properties"]?["query"] == ["type": "string", "description": "What to look for."])
        #expect(schema["properties"]?["limit"] == ["type": "integer"])
        #expect(schema["properties"]?["unit"] == ["type": "string", "enum": ["metric", "imperial"]])
        #expect(schema["properties"]?["places"]?["items"]?["properties"]?["floor"] == ["type": "integer"])
        #expect(schema["properties"]?["places"]?["items"]?["required"] == ["city"])
    }

    private let fitting: JSONObject = [
        "query": "doors", "exact": true, "weight": 1, "unit": "metric", "places": [["city": "Lisbon"]],
    ]

    @Test("takes what fits, with an optional argument given, left out or null")
    func fits() throws {
        let schema = try JSONSchema(of: Arguments.self)
        for limit: JSONValue? in [nil, 3, .null] {
            var value = fitting
            value["limit"] = limit
            #expect(schema.violations(of: .object(value)) == [])
        }
    }

    @Test("says what does not fit, and where")
    func violations() throws {
        let schema = try JSONSchema(of: Arguments.self)
        func first(_ change: (inout JSONObject) -> Void) -> String? {
            var value = fitting
            change(&value)
            return schema.violations(of: .object(value)).first
        }
        #expect(first { $0["query"] = nil } == "'query' is missing.")
        #expect(first { $0["query"] = 3 } == "'query' must be a string, not a number.")
        #expect(first { $0["limit"] = 1.5 } == "'limit' must be an integer, not a number.")
        #expect(first { $0["unit"] = "yards" } == "'unit' must be one of \"metric\", \"imperial\".")
        #expect(first { $0["places"] = [["city": 1]] } == "'places[0].city' must be a string, not a number.")
        #expect(first { $0["colour"] = "red" } == "'colour' is not an argument of this tool.")
        #expect(schema.violations(of: "text") == ["The arguments must be an object, not a string."])
    }
}
