// Turnledger. SPDX-License-Identifier: Apache-2.0

import Testing
import TurnledgerStore

@Suite("Ext nodes")
struct LangGraphExtTests {
    static let interruptID = "0123456789abcdef0123456789abcdef"

    static let nodes: [(PayloadExt, String)] = [
        (
            LangGraphExt.pydantic(
                module: "langchain_core.messages.human", name: "HumanMessage",
                fields: [
                    "content": "hi", "additional_kwargs": [:], "response_metadata": [:], "type": "human", "name": nil,
                    "id": "h1",
                ]),
            "c789059" + "4bd6c616e67636861696e5f636f72652e6d657373616765732e68756d616eac48756d616e4d657373616765"
                + "86a7636f6e74656e74a26869b16164646974696f6e616c5f6b776172677380b1726573706f6e73655f6d65746164617461"
                + "80a474797065a568756d616ea46e616d65c0a26964a26831b36d6f64656c5f76616c69646174655f6a736f6e"
        ),
        (
            LangGraphExt.send(node: "tools", arg: ["x": 1]),
            "c7210193af6c616e6767726170682e7479706573a453656e6492a5746f6f6c7381a17801"
        ),
        (
            LangGraphExt.interrupt(value: ["q": "ok?"], id: interruptID),
            "c75f0293af6c616e6767726170682e7479706573a9496e7465727275707483a576616c756581a171a36f6b3fa26964d920"
                + Hex.text(Array(interruptID.utf8)) + "af726573706f6e73655f736368656d61c0"
        ),
        (
            LangGraphExt.datetime("2024-05-04T06:32:42.235444+00:00"),
            "c7430394a86461746574696d65a86461746574696d65d920323032342d30352d30345430363a33323a34322e3233353434342b"
                + "30303a3030ad66726f6d69736f666f726d6174"
        ),
        (
            LangGraphExt.constructor(module: "decimal", name: "Decimal", argument: "1.10"),
            "c7160093a7646563696d616ca7446563696d616ca4312e3130"
        ),
        (
            LangGraphExt.constructor(module: "builtins", name: "set", argument: [1]),
            "d80093a86275696c74696e73a37365749101"
        ),
        (LangGraphExt.deltaSnapshot(5), "d40705"),
    ]

    @Test("have LangGraph's bytes", arguments: nodes)
    func bytes(ext: PayloadExt, hex: String) {
        #expect(Hex.text(MessagePack.encode(.ext(ext))) == hex)
    }

    @Test("are read back")
    func readers() throws {
        let send = LangGraphExt.send(node: "tools", arg: ["x": 1])
        #expect(send.asSend == LangGraphSend(node: "tools", arg: ["x": 1]))
        #expect(send.asInterrupt == nil)
        let interrupt = LangGraphExt.interrupt(value: "why", id: Self.interruptID)
        #expect(interrupt.asInterrupt == LangGraphInterrupt(value: "why", id: Self.interruptID))
        #expect(interrupt.asSend == nil)
        let command = LangGraphExt.constructor(module: "langgraph.types", name: "Command", kwargs: ["resume": "yes"])
        #expect(
            command.asObject
                == LangGraphObject(module: "langgraph.types", name: "Command", argument: ["resume": "yes"]))
        #expect(command.asPydantic == nil)
        let message = LangGraphExt.pydantic(module: "m", name: "N", fields: ["a": 1])
        #expect(message.asPydantic?.argument == ["a": 1])
        #expect(LangGraphExt.deltaSnapshot(["a"]).asDeltaSnapshot == ["a"])
        #expect(try LangGraphExt.deltaSnapshot(["a"]).content() == ["a"])
    }

    @Test("that are damaged or unknown are nothing in particular")
    func damaged() {
        for code in Int8.min ... .max {
            let ext = PayloadExt(code: code, bytes: [0xC1])
            #expect(ext.asObject == nil && ext.asSend == nil && ext.asInterrupt == nil && ext.asPydantic == nil)
            #expect(ext.asDeltaSnapshot == nil)
            #expect(throws: StoreError.self) { try ext.content() }
        }
    }

    @Test("of every golden sample hold a document")
    func golden() throws {
        for sample in GoldenSample.messagePack {
            try Self.descend(MessagePack.decode(sample.bytes))
        }
    }

    private static func descend(_ value: PayloadValue) throws {
        switch value {
        case .array(let elements): for element in elements { try descend(element) }
        case .map(let map): for entry in map.entries { try descend(entry.value) }
        case .ext(let ext) where (0...7).contains(ext.code):
            let content = try ext.content()
            #expect(MessagePack.encode(content) == ext.bytes)
            try descend(content)
        default: break
        }
    }
}
