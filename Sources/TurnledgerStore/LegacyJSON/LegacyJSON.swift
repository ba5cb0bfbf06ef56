// Turnledger. SPDX-License-Identifier: Apache-2.0

/// Reads payloads of the type `json`, which Python wrote before it wrote MessagePack, and LangGraph.js writes today.
///
/// Objects stand in envelopes: `{"lc": 1, "type": "constructor", "id": […], "kwargs": {…}}` for LangChain's own and
/// `{"lc": 2, "type": "constructor", "id": [module…, name], "args": […], "kwargs": {…}}` for others. An envelope of a
/// known class becomes the ext node that Python would write for the object today; nothing is called, and a `method` is
/// passed over as Python passes it over. An `lc: 2` envelope of a known class that cannot be made an object of is null;
/// every other envelope stays the map that it is. Source: `jsonplus.py`, `_reviver`.
package enum LegacyJSON {
    static func decode(_ bytes: [UInt8], limits: PayloadLimits) throws(StoreError) -> PayloadValue {
        try revived(try JSONValue.parsePython(bytes, limits: limits)) { (_) throws(StoreError) in nil }
    }

    /// From the innermost object outwards; of a key that repeats the last value counts, at the first one's place.
    ///
    /// - `marker`: What an object stands for that other writers mark in ways of their own; `nil` where it is
    ///   none of theirs. It is asked before the envelopes.
    package static func revived(
        _ json: JSONValue, marker: (PayloadMap) throws(StoreError) -> PayloadValue?
    ) throws(StoreError) -> PayloadValue {
        switch json {
        case .array(let elements):
            var values: [PayloadValue] = []
            values.reserveCapacity(elements.count)
            for element in elements { values.append(try revived(element, marker: marker)) }
            return .array(values)
        case .object(let object):
            var map = PayloadMap()
            map.entries.reserveCapacity(object.count)
            var places = KeyPlaces(object.count)
            for member in object.members {
                let value = try revived(member.value, marker: marker)
                if let place = places.place(of: member.key, in: map.entries) {
                    map.entries[place].value = value
                } else {
                    map.entries.append(.init(key: .string(member.key), value: value))
                }
            }
            return try marker(map) ?? envelope(map)
        default: return json.payloadValue
        }
    }

    /// Where LangChain's own serializer says that a model of its lies; `nil` for what is none of them.
    package static func path(ofLangChain object: LangGraphObject) -> [String]? {
        guard let model = LangChainModel.all[object.name], model.module == object.module else { return nil }
        return ["langchain", "schema", model.name == "Document" ? "document" : "messages", model.name]
    }

    private static func envelope(_ map: PayloadMap) -> PayloadValue {
        guard let format = map["lc"]?.integer else { return .map(map) }
        let type = map["type"]?.string
        if format == 1, type == "secret" { return .null }
        guard type == "constructor", format == 1 || format == 2, let id = map["id"]?.array else { return .map(map) }
        let path = id.compactMap(\.string)
        guard path.count == id.count, let name = path.last else { return .map(map) }
        let arguments = LegacyArguments(positional: map["args"]?.array ?? [], named: map["kwargs"]?.map ?? [:])
        if format == 1 {
            let isLangChain = path[0] == "langchain" || path[0] == "langchain_core" || path[0] == "langchain_schema"
            guard isLangChain, let kind = LegacyClass.ofLangChain(named: name) else { return .map(map) }
            return kind.object(arguments).map { .ext($0) } ?? .map(map)
        }
        let module = path.dropLast().joined(separator: ".")
        guard let kind = LegacyClass.safe(module: module, name: name) else { return .map(map) }
        return kind.object(arguments).map { .ext($0) } ?? .null
    }
}

/// Where the keys of an object stand that grows: small ones are looked through.
private struct KeyPlaces {
    private var places: [ExactText: Int]?

    init(_ count: Int) { places = count > 24 ? Dictionary(minimumCapacity: count) : nil }

    /// The place of a key that is there; `nil` for one that is appended next.
    mutating func place(of key: String, in entries: [PayloadMap.Entry]) -> Int? {
        guard places != nil else { return entries.firstIndex { $0.key.isExactly(key) } }
        if let place = places?[ExactText(key)] { return place }
        places?[ExactText(key)] = entries.count
        return nil
    }
}

extension PayloadValue {
    fileprivate func isExactly(_ text: String) -> Bool {
        guard case .string(let own) = self, own.utf8.count == text.utf8.count else { return false }
        return own.isExactly(text)
    }
}

/// What an envelope would call its class with.
struct LegacyArguments {
    var positional: [PayloadValue]
    var named: PayloadMap

    /// The arguments by name; `nil` where there are more than names, or one is given twice or is not known.
    func bound(to names: [String], allowsOthers: Bool = false) -> PayloadMap? {
        guard positional.count <= names.count else { return nil }
        var result = PayloadMap()
        for (name, value) in zip(names, positional) { result[name] = value }
        for entry in named.entries {
            guard let name = entry.key.string, result[name] == nil, allowsOthers || names.contains(name) else {
                return nil
            }
            result.entries.append(entry)
        }
        return result
    }

    /// The one argument, whatever its name; `nil` where there are several.
    func single(named name: String) -> PayloadValue?? {
        guard let all = bound(to: [name]) else { return nil }
        return .some(all[name])
    }
}
