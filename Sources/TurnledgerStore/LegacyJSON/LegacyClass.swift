// Turnledger. SPDX-License-Identifier: Apache-2.0

/// A class that an envelope of the type `json` may name, and the ext node that Python writes for its objects today.
struct LegacyClass: Sendable {
    /// Makes the node; `nil` for arguments that the class would refuse.
    let object: @Sendable (LegacyArguments) -> PayloadExt?

    /// A class of LangChain's, which old modules name in several ways (`langchain.schema.messages`).
    static func ofLangChain(named name: String) -> LegacyClass? {
        LangChainModel.all[name].map { model in
            LegacyClass { model.node($0.named, isCalledByName: $0.positional.isEmpty) }
        }
    }

    /// A class of the list that Python takes for safe (`SAFE_MSGPACK_TYPES`).
    static func safe(module: String, name: String) -> LegacyClass? {
        if let model = LangChainModel.all[name], model.module == module { return ofLangChain(named: name) }
        return byPath["\(module).\(name)"]
    }

    private static let byPath: [String: LegacyClass] = {
        var result: [String: LegacyClass] = [
            "builtins.set": collection("builtins", "set"),
            "builtins.frozenset": collection("builtins", "frozenset"),
            "collections.deque": collection("collections", "deque"),
            "decimal.Decimal": text("decimal", "Decimal", argument: "value", standard: "0") {
                PythonNumber.isDecimal($0) ? $0 : nil
            },
            "uuid.UUID": text("uuid", "UUID", argument: "hex", PythonUUID.hexadecimal),
            "zoneinfo.ZoneInfo": text("zoneinfo", "ZoneInfo", argument: "key") { $0 },
            "re.compile": LegacyClass { arguments in
                guard let all = arguments.bound(to: ["pattern", "flags"]), let pattern = all["pattern"]?.string,
                    let flags = (all["flags"] ?? 0).integer
                else { return nil }
                // Python adds UNICODE (32) to every pattern of text.
                return positional("re", "compile", [.string(pattern), .integer(flags | 32)])
            },
        ]
        for name in [
            "IPv4Address", "IPv4Interface", "IPv4Network", "IPv6Address", "IPv6Interface", "IPv6Network",
        ] { result["ipaddress.\(name)"] = text("ipaddress", name, argument: "address") { $0 } }
        for (path, kind) in LegacyTimes.classes { result[path] = kind }
        for (path, kind) in LegacyPaths.classes { result[path] = kind }
        for (path, kind) in LegacyGraphTypes.classes { result[path] = kind }
        return result
    }()

    private static func collection(_ module: String, _ name: String) -> LegacyClass {
        LegacyClass { arguments in
            guard let argument = arguments.single(named: "iterable") else { return nil }
            guard let argument else { return single(module, name, []) }
            return argument.array.map { single(module, name, .array($0)) }
        }
    }

    private static func text(
        _ module: String, _ name: String, argument: String, standard: String? = nil,
        _ form: @escaping @Sendable (String) -> String?
    ) -> LegacyClass {
        LegacyClass { arguments in
            guard let given = arguments.single(named: argument) else { return nil }
            return (given ?? standard.map { .string($0) })?.string.flatMap(form).map {
                single(module, name, .string($0))
            }
        }
    }

    static func single(_ module: String, _ name: String, _ argument: PayloadValue) -> PayloadExt {
        LangGraphExt.constructor(module: module, name: name, argument: argument)
    }

    static func positional(_ module: String, _ name: String, _ arguments: [PayloadValue]) -> PayloadExt {
        LangGraphExt.constructor(module: module, name: name, arguments: arguments)
    }

    static func keywords(_ module: String, _ name: String, _ arguments: PayloadMap) -> PayloadExt {
        LangGraphExt.constructor(module: module, name: name, kwargs: arguments)
    }
}

/// The texts that `uuid.UUID` takes.
enum PythonUUID {
    /// 32 hexadecimal digits, as the class prints them in `hex`; braces, dashes and `urn:uuid:` do not count.
    static func hexadecimal(_ text: String) -> String? {
        var rest = text[...]
        for prefix in ["urn:", "uuid:"] where rest.hasPrefix(prefix) { rest = rest.dropFirst(prefix.utf8.count) }
        let digits = rest.filter { !"{}-".contains($0) }
        guard digits.utf8.count == 32, digits.utf8.allSatisfy({ $0.hexadecimalDigit != nil }) else { return nil }
        return digits.lowercased()
    }
}

/// The texts that `decimal.Decimal` takes.
enum PythonNumber {
    static func isDecimal(_ text: String) -> Bool {
        var rest = text[...]
        if let sign = rest.first, sign == "+" || sign == "-" { rest = rest.dropFirst() }
        if ["inf", "infinity", "nan", "snan"].contains(rest.lowercased()) { return true }
        let parts = rest.split(omittingEmptySubsequences: false) { $0 == "e" || $0 == "E" }
        guard parts.count <= 2 else { return false }
        let digits = parts[0].split(separator: ".", omittingEmptySubsequences: false)
        guard digits.count <= 2, digits.contains(where: { !$0.isEmpty }), digits.allSatisfy(isDigits) else {
            return false
        }
        guard parts.count == 2 else { return true }
        let exponent = parts[1].first == "+" || parts[1].first == "-" ? parts[1].dropFirst() : parts[1]
        return !exponent.isEmpty && isDigits(exponent)
    }

    private static func isDigits(_ text: Substring) -> Bool { text.utf8.allSatisfy { (0x30...0x39).contains($0) } }
}
