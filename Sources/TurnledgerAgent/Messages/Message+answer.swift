// Turnledger. SPDX-License-Identifier: Apache-2.0

import TurnledgerStore

/// What clients want of an AI message and LangChain has no place for: members of `additional_kwargs.turnledger`.
extension Message {
    /// What it cites: `sources`.
    package var sources: [AnswerSource] {
        get { (own("sources")?.array ?? []).compactMap { AnswerSource(json: $0) } }
        set { setOwn("sources", newValue.map(\.json)) }
    }

    /// Its calls of tools whose shape clients do not know, by their IDs: `dynamic`.
    package var dynamicCalls: [String] {
        get { (own("dynamic")?.array ?? []).compactMap(\.string) }
        set { setOwn("dynamic", newValue.map(JSONValue.string)) }
    }

    private func own(_ name: String) -> JSONValue? {
        additionalKwargs["turnledger"]?.map?[name].flatMap { JSONValue($0) }
    }

    private mutating func setOwn(_ name: String, _ values: [JSONValue]) {
        guard !values.isEmpty else { return }
        var own = additionalKwargs["turnledger"]?.map ?? PayloadMap()
        own[name] = JSONValue.array(values).payloadValue
        additionalKwargs["turnledger"] = .map(own)
    }
}
