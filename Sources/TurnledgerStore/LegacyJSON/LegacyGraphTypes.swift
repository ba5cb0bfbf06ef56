// Turnledger. SPDX-License-Identifier: Apache-2.0

/// LangGraph's own types in envelopes, and paths.
enum LegacyGraphTypes {
    static let classes: [String: LegacyClass] = [
        "langgraph.types.Send": LegacyClass { arguments in
            guard let all = arguments.bound(to: ["node", "arg", "timeout"]), let node = all["node"]?.string,
                let arg = all["arg"]
            else { return nil }
            let timeout = all["timeout"].flatMap { $0.isNull ? nil : $0 }
            return LegacyClass.positional(
                LangGraphExt.types, "Send", [.string(node), arg] + (timeout.map { [$0] } ?? []))
        },
        "langgraph.types.Interrupt": LegacyClass { arguments in
            guard let all = arguments.bound(to: ["value", "id"], allowsOthers: true), let value = all["value"] else {
                return nil
            }
            let id = LegacyJSON.interruptID(given: all["id"], namespace: all["ns"])
            return LegacyClass.keywords(
                LangGraphExt.types, "Interrupt",
                ["value": value, "id": id, "response_schema": all["response_schema"] ?? .null])
        },
        "langgraph.types.Command": filled(
            "Command", [("graph", .null), ("update", .null), ("resume", .null), ("goto", [])]),
        "langgraph.types.Overwrite": filled("Overwrite", [("value", nil), ("type", "__overwrite__")]),
        "langgraph.store.base.Item": LegacyClass { arguments in
            let names = ["namespace", "key", "value", "created_at", "updated_at"]
            guard arguments.positional.isEmpty,
                let all = arguments.bound(to: ["value", "key", "namespace", "created_at", "updated_at"]),
                names.allSatisfy({ all[$0] != nil })
            else { return nil }
            let fields = PayloadMap(entries: names.map { .init(key: .string($0), value: all[$0] ?? .null) })
            return PayloadExt(
                code: LangGraphExt.pydanticV1,
                bytes: MessagePack.encode(["langgraph.store.base", "Item", .map(fields)]))
        },
    ]

    /// A dataclass of which every field is written; `nil`: one without a default.
    private static func filled(_ name: String, _ fields: [(String, PayloadValue?)]) -> LegacyClass {
        LegacyClass { arguments in
            guard let all = arguments.bound(to: fields.map(\.0)) else { return nil }
            var result = PayloadMap()
            for (field, standard) in fields {
                guard let value = all[field] ?? standard else { return nil }
                result[field] = value
            }
            return LegacyClass.keywords(LangGraphExt.types, name, result)
        }
    }
}

extension LegacyJSON {
    /// The ID of an interrupt that was stored as JSON. Old ones have none but a namespace, from which it is hashed; those
    /// with neither have the ID that LangGraph gives them.
    package static func interruptID(given: PayloadValue?, namespace: PayloadValue?) -> PayloadValue {
        if let given { return given }
        guard let parts = namespace?.array, !parts.isEmpty else { return "placeholder-id" }
        return .string(InterruptID.make(namespace: parts.compactMap(\.string).joined(separator: "|")))
    }
}

/// `pathlib` in envelopes: a path is written as its parts.
enum LegacyPaths {
    static let classes: [String: LegacyClass] = {
        var result: [String: LegacyClass] = [:]
        for module in ["pathlib", "pathlib._local"] {
            for name in ["Path", "PosixPath"] {
                result["\(module).\(name)"] = LegacyClass { arguments in
                    let texts = arguments.positional.compactMap(\.string)
                    guard texts.count == arguments.positional.count, arguments.named.isEmpty else { return nil }
                    return LegacyClass.positional(module, "PosixPath", parts(of: texts).map { .string($0) })
                }
            }
        }
        return result
    }()

    /// As `PurePosixPath.parts`: an absolute part begins anew, `.` and empty ones do not count.
    private static func parts(of texts: [String]) -> [String] {
        var result: [String] = []
        for text in texts {
            if text.hasPrefix("/") { result = [text.hasPrefix("//") && !text.hasPrefix("///") ? "//" : "/"] }
            result += text.split(separator: "/").map(String.init).filter { $0 != "." }
        }
        return result
    }
}
