// Turnledger. SPDX-License-Identifier: Apache-2.0

public import TurnledgerStore

/// A write that replaces what a reducer has gathered: LangGraph's `Overwrite`.
public struct Overwrite: Hashable, Sendable {
    private static let mark = "__overwrite__"

    /// The channel's new value.
    public var value: PayloadValue

    public init(with value: PayloadValue) { self.value = value }

    /// Reads a write; `nil` for an ordinary one. LangGraph knows three forms: the object, `{"__overwrite__": value}`, and
    /// the object's fields.
    init?(_ write: PayloadValue) {
        if let map = write.map {
            if map.count == 1, let value = map[Self.mark] {
                self.value = value
            } else if map["type"]?.string == Self.mark, let value = map["value"] {
                self.value = value
            } else {
                return nil
            }
            return
        }
        guard let ext = write.ext, ext.code == LangGraphExt.constructorKeywords, ext.bytes.count > 1,
            let object = ext.asObject, object.name == "Overwrite", object.module == "langgraph.types",
            let value = object.argument.map?["value"]
        else { return nil }
        self.value = value
    }

    /// The write.
    public var payload: PayloadValue {
        .ext(
            LangGraphExt.constructor(
                module: "langgraph.types", name: "Overwrite", kwargs: ["value": value, "type": .string(Self.mark)]))
    }
}
