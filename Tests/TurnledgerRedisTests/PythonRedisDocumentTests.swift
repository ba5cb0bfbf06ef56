// Turnledger. SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import TurnledgerStore

@testable import TurnledgerRedis

@Suite("Documents of langgraph-checkpoint-redis")
struct PythonRedisDocumentTests {
    private static let id = "1f1e753c-f315-6c0c-bfff-6e597721a5de"
    private static let parent = "1f1e753c-f315-6c0c-8000-6e597721a5de"

    private func checkpoint(_ json: String) throws -> Checkpoint {
        guard case .checkpoint(let checkpoint) = try PythonRedisDocument(Array(json.utf8)) else {
            throw StoreError(.invalid, "no checkpoint")
        }
        return checkpoint
    }

    private func document(_ outer: String, values: String = "{}") -> String {
        """
        {"thread_id": "a:b", \(outer), "checkpoint": {"v": 4, "id": "\(Self.id)", "ts": "t", "type": "json",
         "channel_values": \(values), "channel_versions": {"n": "1.5"}, "versions_seen": {}, "pending_sends": []}}
        """
    }

    @Test("IDs come from the document, whatever says that there are none")
    func identity() throws {
        let root = try checkpoint(
            document(
                #""checkpoint_ns": "__empty__", "checkpoint_id": "\#(Self.id)", "parent_checkpoint_id": "", "metadata": "{\"step\": 1}""#
            ))
        #expect(root.thread == "a:b" && root.namespace == .root && root.id.rawValue == Self.id && root.parent == nil)
        #expect(root.metadata.step == 1)
        #expect(root.extra.isEmpty)
        let child = try checkpoint(
            document(
                #""checkpoint_ns": "sub:1|x", "checkpoint_id": "\#(Self.id)", "parent_checkpoint_id": "\#(Self.parent)", "metadata": {"step": 2}"#
            ))
        #expect(child.namespace.rawValue == "sub:1|x" && child.parent?.rawValue == Self.parent)
        #expect(child.metadata.step == 2)
    }

    @Test("a checkpoint of 0.0.x lies under its parent's ID")
    func oldest() throws {
        let child = try checkpoint(document(#""checkpoint_ns": "", "checkpoint_id": "\#(Self.parent)""#))
        #expect(child.id.rawValue == Self.id && child.parent?.rawValue == Self.parent)
        let first = try checkpoint(
            document(#""checkpoint_ns": "", "checkpoint_id": "00000000-0000-0000-0000-000000000000""#))
        #expect(first.parent == nil)
    }

    @Test(
        "marked values become what they stand for",
        arguments: [
            (#"{"__bytes__": "AP8="}"#, .binary([0, 255])),
            (
                #"{"lc": 2, "type": "constructor", "id": ["builtins", "bytes"], "method": "fromhex", "args": ["00fF"]}"#,
                .binary([0, 255])
            ),
            (#"{"__send__": true, "node": "n", "arg": [1]}"#, .ext(LangGraphExt.send(node: "n", arg: [1]))),
            (
                #"{"__interrupt__": true, "value": "ok?", "id": "i"}"#,
                .ext(LangGraphExt.interrupt(value: "ok?", id: "i"))
            ),
            (#"{"__delta_snapshot__": true, "value": [1]}"#, .ext(LangGraphExt.deltaSnapshot([1]))),
            (
                #"{"lc": 2, "type": "constructor", "id": ["builtins", "set"], "kwargs": {"__set_items__": [1]}}"#,
                .ext(LangGraphExt.constructor(module: "builtins", name: "set", argument: [1]))
            ),
            (
                #"{"lc": 2, "type": "constructor", "id": ["builtins", "set"], "args": [[1]]}"#,
                .ext(LangGraphExt.constructor(module: "builtins", name: "set", argument: [1]))
            ),
            (
                #"{"a": 9007199254740993, "b": {"__send__": false}}"#,
                ["a": 9_007_199_254_740_993, "b": ["__send__": false]]
            ),
        ] as [(String, PayloadValue)])
    func values(_ json: String, _ expected: PayloadValue) throws {
        let checkpoint = try checkpoint(
            document(
                #""checkpoint_ns": "", "checkpoint_id": "\#(Self.id)", "parent_checkpoint_id": """#,
                values: #"{"n": \#(json)}"#))
        #expect(try checkpoint.channelValues["n"]?.decoded() == expected)
    }

    @Test(
        "objects whose content the saver did not keep are told",
        arguments: [
            (
                #"[{"lc": 2, "type": "constructor", "id": ["langgraph", "types", "Send"], "kwargs": {}}]"#,
                "langgraph.types.Send"
            ),
            (
                #"{"a": {"lc": 2, "type": "constructor", "id": ["decimal", "Decimal"], "kwargs": {}}}"#,
                "decimal.Decimal"
            ),
            (#"{"lc": 1, "type": "not_implemented", "id": ["shop", "Cart"], "repr": "Cart()"}"#, "shop.Cart"),
            (#"{"lc": 2, "type": "constructor", "id": ["builtins", "set"], "args": [[]]}"#, nil),
            (#"{"lc": 2, "type": "constructor", "id": ["shop", "Cart"], "kwargs": {"n": 1}}"#, nil),
            (#"{"lc": 2, "type": "constructor", "kwargs": {}}"#, nil),
        ] as [(String, String?)])
    func emptied(_ json: String, _ expected: String?) throws {
        let blob = Data(json.utf8).base64EncodedString()
        for document in [
            document(#""checkpoint_id": "\#(Self.id)""#, values: #"{"n": \#(json)}"#),
            #"{"thread_id": "t", "task_id": "k", "checkpoint_id": "c", "idx": 0, "channel": "c", "type": "json", "blob": "\#(blob)"}"#,
        ] {
            var emptied: Set<String> = []
            _ = try PythonRedisDocument(Array(document.utf8), emptied: &emptied)
            #expect(emptied == Set([expected].compactMap(\.self)))
        }
    }

    @Test("the blob of a write is base64 of JSON, or JSON as 0.1 wrote it")
    func blobs() throws {
        func value(_ type: String, _ blob: String) throws -> Payload {
            var emptied: Set<String> = []
            return try PythonRedisValue.write(type: type, blob: blob, channel: "c", emptied: &emptied)
        }
        for blob in [#"["q"]"#, "WyJxIl0="] { #expect(try value("json", blob).decoded() == ["q"]) }
        #expect(try value("base64", "AP8=") == Payload(.binary([0, 255])))
        #expect(try value("null", "") == .null)
    }

    @Test("values of real documents are written at once as they would be one step after the other")
    func atOnce() throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../Fixtures/redis")
        var compared = 0
        for name in ["langgraph-redis-0.1.1.jsonl", "langgraph-redis-0.5.2.jsonl"] {
            let text = try String(contentsOf: folder.appending(path: name), encoding: .utf8)
            for line in text.split(separator: "\n") {
                let document = try JSONValue.parse(String(line)).object?["value"]
                for member in document?.object?["checkpoint"]?.object?["channel_values"]?.object ?? [:] {
                    var emptied: Set<String> = []
                    #expect(
                        try PythonRedisValue.payload(member.value, emptied: &emptied)
                            == Payload(try PythonRedisValue.value(member.value)), "\(name) \(member.key)")
                    compared += 1
                }
            }
        }
        #expect(compared > 100)
    }

    @Test(
        "values at the edges are written at once as they would be one step after the other",
        arguments: [
            "null", "1", "1.5", "-7", "18446744073709551615", "123456789012345678901234567890", #""ä""#, "true", "[]",
            "{}", "[null, {}]", #"{"a": 1, "a": 2, "b": {"é": 1, "é": 2}}"#, #"{"lc": 1}"#, #"{"_a": {"lc": 2}}"#,
            #"{"lc": 1, "type": "secret", "id": ["X"]}"#, #"[{"lc": 1, "type": "secret", "id": ["X"]}]"#,
            #"[{"lc": 1, "type": "constructor", "id": ["langchain", "schema", "messages", "AIMessage"], "kwargs": {"content": [{"lc": 1}], "tool_calls": [{"id": "1", "args": {"a": 1}, "name": "n"}], "odd": {"x": [1]}}}]"#,
            #"[{"lc": 1, "type": "constructor", "id": ["langchain", "schema", "messages", "AIMessage"], "kwargs": {"content": "", "tool_calls": []}}]"#,
            #"[{"lc": 1, "type": "constructor", "id": ["langchain", "schema", "messages", "AIMessage"], "kwargs": {}}]"#,
            #"[{"lc": 1, "type": "constructor", "id": ["langchain", "schema", "messages", "AIMessage"], "args": ["x"], "kwargs": {"content": ""}}]"#,
            #"[{"lc": 1, "type": "constructor", "id": ["langchain", "AIMessage"], "kwargs": {"content": "", "content": "b"}}]"#,
            #"[{"lc": 1, "type": "constructor", "id": ["other", "AIMessage"], "kwargs": {"content": ""}}]"#,
            #"[{"lc": 1, "lc": 2, "type": "constructor", "id": ["langchain", "AIMessage"], "kwargs": {"content": ""}}]"#,
            #"[{"lc": 1, "type": "constructor", "id": ["langchain", 1, "AIMessage"], "kwargs": {"content": ""}}]"#,
            #"[{"lc": 1, "type": "constructor", "id": ["AIMessage"], "kwargs": {"content": ""}}]"#,
            #"[{"lc": 1, "type": "constructor", "id": ["langchain_core", "messages", "ToolMessage"], "kwargs": {"content": "c", "tool_call_id": "t", "__x": 1}}]"#,
            #"[{"lc": 1, "type": "constructor", "id": ["langchain", "HumanMessage"], "kwargs": {"lc": 1, "type": "constructor", "id": ["langchain", "HumanMessage"], "kwargs": {"content": ""}}}]"#,
            #"[{"lc": 1, "type": "constructor", "id": ["langchain", "HumanMessage"], "kwargs": {"content": "", "additional_kwargs": {"a": {"__bytes__": "AP8="}}}}]"#,
            #"[{"__bytes__": "AP8="}, {"a": {"__send__": true, "node": "n", "arg": {"lc": 1}}}]"#,
            #"[{"lc": 2, "type": "constructor", "id": ["uuid", "UUID"], "args": ["00000000-0000-0000-0000-000000000001"]}]"#,
        ])
    func edges(_ text: String) throws {
        let json = try JSONValue.parse(text)
        var emptied: Set<String> = []
        #expect(try PythonRedisValue.payload(json, emptied: &emptied) == Payload(try PythonRedisValue.value(json)))
    }

    @Test("damage is an error that repeats no value")
    func damage() {
        for json in [
            "[]", "{", #"{"thread_id": "secret"}"#, #"{"thread_id": "t", "checkpoint": {"v": 4}}"#,
            #"{"thread_id": "t", "task_id": "secret", "checkpoint_id": "c", "idx": 0, "channel": "c", "type": "bytes", "blob": "secret!"}"#,
            #"{"thread_id": "t", "task_id": "secret", "checkpoint_id": "c", "idx": 0, "channel": "c", "type": "odd", "blob": ""}"#,
            document(#""checkpoint_id": "x""#, values: #"{"n": {"__bytes__": "secret!"}}"#),
        ] {
            do {
                _ = try PythonRedisDocument(Array(json.utf8))
                Issue.record("taken: \(json)")
            } catch {
                #expect(!error.detail.contains("secret"))
            }
        }
    }
}
