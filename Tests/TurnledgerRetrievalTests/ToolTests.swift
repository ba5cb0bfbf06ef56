// Turnledger. SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import TurnledgerAgent
import TurnledgerRetrieval
import TurnledgerStore

@Suite("The tools that search regulations")
struct ToolTests {
    private func members(_ value: some Encodable) throws -> [String: Any] {
        let json = try JSONSerialization.jsonObject(with: JSONEncoder().encode(value))
        return try #require(json as? [String: Any])
    }

    @Test("search returns an object of results, each with what an answer cites")
    func search() async throws {
        let tool = SearchRegulationsTool(index: try await .of())
        let output = try await tool.call(
            arguments: .init(query: "width of evacuation doors", document: "", language: "", limit: 1))
        let results = try #require(try members(output)["results"] as? [[String: Any]])
        #expect(results.count == 1)
        #expect(
            results.first as? [String: String] == [
                "id": "TL-FS 100#5.2.3", "document": "TL-FS 100", "title": "Fire Safety in Halls", "number": "5.2.3",
                "heading": "1 General", "text": "Evacuation doors are at least 900 mm wide.", "language": "en",
                "status": "current",
            ])
        let chinese = try await tool.call(arguments: .init(query: "疏散门", language: "zh-CN", limit: 1000))
        #expect(chinese.results.map(\.id) == ["TL-CS 610#第五条"])
    }

    @Test("what the tools find can be cited by its id, or by document and number")
    func sources() async throws {
        let index = try await RegulationIndex.of()
        let search = SearchRegulationsTool(index: index)
        let found = try await search.call(
            arguments: .init(query: "width of evacuation doors", language: "en", limit: 1))
        let get = GetClauseTool(index: index)
        let whole = try await get.call(arguments: .init(id: "TL-FS 100#5.2.3"))
        let expected = CitableSource(
            AnswerSource(id: "TL-FS 100#5.2.3", title: "Fire Safety in Halls, 5.2.3"),
            names: ["TL-FS 100#5.2.3", "TL-FS 100, 5.2.3"])
        #expect(search.sources(in: try JSONValueEncoder().encode(found)) == [expected])
        #expect(get.sources(in: try JSONValueEncoder().encode(whole)) == [expected])
        #expect(search.sources(in: ["results": [["id": 1], "x"]]).isEmpty && get.sources(in: .null).isEmpty)
    }

    @Test("a long clause comes as an excerpt, and whole by its id")
    func excerpt() async throws {
        let text = String(repeating: "A boat has a deck. ", count: 150) + "Its bell weighs 5 kg."
        let index = try await RegulationIndex.of([.sample("TL-B 1", "Boats", ["1.1": text])])
        let found = try await SearchRegulationsTool(index: index).call(arguments: .init(query: "weight of a bell"))
        let result = try #require(found.results.first)
        #expect(result.isExcerpt == true)
        #expect(result.text.contains("bell weighs 5 kg"))
        #expect(result.text.count < text.count)
        #expect(try members(result)["excerpt"] as? Bool == true)
        let whole = try await GetClauseTool(index: index).call(arguments: .init(id: " \(result.id)\n"))
        #expect(whole.text == text)
        #expect(whole.title == "Boats")
        #expect(whole.isExcerpt == nil)
    }

    @Test("what is not there, or not said, is an error for the model")
    func errors() async throws {
        let index = try await RegulationIndex.of()
        for id in ["TL-FS 100#9.9", "TL-XX#1", "5.2.3", "#", ""] {
            let error = await #expect(throws: ToolError.self) {
                try await GetClauseTool(index: index).call(arguments: .init(id: id))
            }
            #expect(error?.description.contains("search_regulations") == true)
        }
        let search = SearchRegulationsTool(index: index)
        await #expect(throws: ToolError.self) { try await search.call(arguments: .init(query: " ")) }
        let error = await #expect(throws: ToolError.self) {
            try await search.call(arguments: .init(query: "doors", document: "TL-XX"))
        }
        #expect(error?.description.contains("TL-XX") == true)
        let nothing = try await search.call(arguments: .init(query: "submarine", document: "TL-FS 100"))
        #expect(nothing.results.isEmpty)
    }
}
