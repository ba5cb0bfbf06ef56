// Turnledger. SPDX-License-Identifier: Apache-2.0

/// The ext nodes of LangGraph's serializer: Python objects as data.
///
/// Each node but a snapshot holds a MessagePack array that begins with a module's and a class's name. Source:
/// `libs/checkpoint/langgraph/checkpoint/serde/jsonplus.py` of LangGraph.
public enum LangGraphExt {
    /// `[module, name, argument]`.
    public static let constructorSingleArgument: Int8 = 0
    /// `[module, name, [arguments…]]`.
    public static let constructorPositional: Int8 = 1
    /// `[module, name, {arguments}]`.
    public static let constructorKeywords: Int8 = 2
    /// `[module, name, argument, method]`.
    public static let methodSingleArgument: Int8 = 3
    /// `[module, name, {fields}]`.
    public static let pydanticV1: Int8 = 4
    /// `[module, name, {fields}, "model_validate_json"]`.
    public static let pydanticV2: Int8 = 5
    /// `[type, shape, order, bytes]`.
    public static let numpyArray: Int8 = 6
    /// The value itself: a snapshot of a delta channel.
    public static let deltaSnapshot: Int8 = 7

    /// An object made by a class from one argument: a UUID, a set, an enumeration's member.
    public static func constructor(module: String, name: String, argument: PayloadValue) -> PayloadExt {
        node(constructorSingleArgument, [.string(module), .string(name), argument])
    }

    /// An object made by a class from arguments in order.
    public static func constructor(module: String, name: String, arguments: [PayloadValue]) -> PayloadExt {
        node(constructorPositional, [.string(module), .string(name), .array(arguments)])
    }

    /// An object made by a class from named arguments: a dataclass, a command.
    public static func constructor(module: String, name: String, kwargs: PayloadMap) -> PayloadExt {
        node(constructorKeywords, [.string(module), .string(name), .map(kwargs)])
    }

    /// A model of pydantic 2, as LangChain's messages are.
    public static func pydantic(module: String, name: String, fields: PayloadMap) -> PayloadExt {
        node(pydanticV2, [.string(module), .string(name), .map(fields), "model_validate_json"])
    }

    /// A send: a task for `node` in the next superstep with `arg` as its input.
    public static func send(node: String, arg: PayloadValue) -> PayloadExt {
        constructor(module: types, name: "Send", arguments: [.string(node), arg])
    }

    /// An interrupt: what a task asks a person.
    public static func interrupt(value: PayloadValue, id: String) -> PayloadExt {
        constructor(
            module: types, name: "Interrupt", kwargs: ["value": value, "id": .string(id), "response_schema": nil])
    }

    /// A moment in time, as Python's `datetime.isoformat()` prints it.
    public static func datetime(_ text: String) -> PayloadExt {
        node(methodSingleArgument, ["datetime", "datetime", .string(text), "fromisoformat"])
    }

    /// A delta channel's whole value.
    public static func deltaSnapshot(_ value: PayloadValue) -> PayloadExt {
        PayloadExt(code: deltaSnapshot, bytes: MessagePack.encode(value))
    }

    static let types = "langgraph.types"

    private static func node(_ code: Int8, _ parts: [PayloadValue]) -> PayloadExt {
        PayloadExt(code: code, bytes: MessagePack.encode(.array(parts)))
    }
}

/// A Python object as an ext node of code 0 to 5 holds it.
public struct LangGraphObject: Hashable, Sendable {
    /// The class's Python module. Never imported: a name alone.
    public var module: String
    public var name: String
    /// The argument, the array or map of arguments, or the fields: by the node's code.
    public var argument: PayloadValue

    public init(module: String, name: String, argument: PayloadValue) {
        self.module = module
        self.name = name
        self.argument = argument
    }
}

/// A task for a node in the next superstep.
public struct LangGraphSend: Hashable, Sendable {
    /// The node that runs.
    public var node: String
    /// What its task gets in place of the state.
    public var arg: PayloadValue

    public init(node: String, arg: PayloadValue) {
        self.node = node
        self.arg = arg
    }
}

/// What a task asks a person.
public struct LangGraphInterrupt: Hashable, Sendable {
    /// What the person is asked.
    public var value: PayloadValue
    /// 32 hexadecimal digits; `nil` in nodes of old versions.
    public var id: String?

    public init(value: PayloadValue, id: String?) {
        self.value = value
        self.id = id
    }
}

extension PayloadExt {
    /// Decodes the document within.
    ///
    /// - Throws: `.undecodable` where the bytes are no MessagePack, as may be for codes above 7.
    public func content(limits: PayloadLimits = .standard) throws(StoreError) -> PayloadValue {
        try MessagePack.decode(bytes, limits: limits)
    }

    /// The node as a Python object; `nil` for codes other than 0 to 5 and for a damaged node.
    public var asObject: LangGraphObject? {
        guard (0...5).contains(code), let parts = (try? content())?.array, parts.count >= 3,
            let module = parts[0].string, let name = parts[1].string
        else { return nil }
        return LangGraphObject(module: module, name: name, argument: parts[2])
    }

    /// The node as a model of pydantic (1 or 2); its `argument` is a map of the fields.
    public var asPydantic: LangGraphObject? {
        guard code == LangGraphExt.pydanticV2 || code == LangGraphExt.pydanticV1,
            let object = asObject, object.argument.map != nil
        else { return nil }
        return object
    }

    /// The node as a send.
    public var asSend: LangGraphSend? {
        guard code == LangGraphExt.constructorPositional, let arguments = argument(of: "Send")?.array,
            arguments.count >= 2, let node = arguments[0].string
        else { return nil }
        return LangGraphSend(node: node, arg: arguments[1])
    }

    /// The node as an interrupt.
    public var asInterrupt: LangGraphInterrupt? {
        guard code == LangGraphExt.constructorKeywords, let arguments = argument(of: "Interrupt")?.map,
            let value = arguments["value"]
        else { return nil }
        return LangGraphInterrupt(value: value, id: arguments["id"]?.string)
    }

    /// The value of a delta channel's snapshot.
    public var asDeltaSnapshot: PayloadValue? {
        code == LangGraphExt.deltaSnapshot ? try? content() : nil
    }

    /// The argument of a class of LangGraph's own.
    private func argument(of name: String) -> PayloadValue? {
        guard let object = asObject, object.module == LangGraphExt.types, object.name == name else { return nil }
        return object.argument
    }
}
