// Turnledger. SPDX-License-Identifier: Apache-2.0

public import TurnledgerStore

extension RedisStore: ClauseStore {
    @discardableResult
    public func replace(
        documents: [RegulationImport], removing: [String], at time: Timestamp
    ) async throws(StoreError) -> Int64 {
        let ids = try RegulationImport.validatedIDs(of: documents)
        let removed = removing.filter { !ids.contains(ExactText($0)) }
        let arguments = arguments {
            $0.add(time.microseconds)
            $0.add(removed.count)
            for id in removed { $0.add(id) }
            $0.add(documents.count)
            for item in documents {
                $0.add(item.document.id)
                $0.add(item.document.json.serialized())
                $0.add(JSONValue.array(item.clauses.map(\.json)).serialized())
            }
        }
        guard let version = try await run(ClauseScripts.replace, arguments).integer else {
            throw Self.unexpected(ClauseScripts.replace)
        }
        return version
    }

    public func documents() async throws(StoreError) -> [RegulationDocument] {
        try await state().documents
    }

    public func clause(_ id: ClauseID) async throws(StoreError) -> Clause? {
        try await clauses(of: id.document).first { ExactText($0.id.number) == ExactText(id.number) }
    }

    public func clauses(of document: String) async throws(StoreError) -> [Clause] {
        let answer = try await send(RedisCommand("HGET", "\(settings.prefix):clauses", document))
        guard let bytes = answer.byteArray else { return [] }
        var result: [Clause] = []
        for json in try JSONValue.parse(bytes).array ?? [] { result.append(try Clause(json, of: document)) }
        return result
    }

    public func clauseVersion() async throws(StoreError) -> Int64 {
        try await send(RedisCommand("GET", "\(settings.prefix):clause_version")).integer ?? 0
    }

    public func changes(since version: Int64) async throws(StoreError) -> ClauseChanges {
        let state = try await state()
        return ClauseChanges(
            version: state.version, changed: state.documents.filter { $0.version > version },
            removed: state.removals.filter { $0.version > version }.map(\.id))
    }

    private struct State {
        var version: Int64
        var documents: [RegulationDocument]
        var removals: [(id: String, version: Int64)]
    }

    private func state() async throws(StoreError) -> State {
        let parts = try await run(ClauseScripts.state, RedisArguments()).array ?? []
        guard parts.count == 3, let version = parts[0].integer, let documents = parts[1].array,
            let removals = parts[2].array
        else { throw Self.unexpected(ClauseScripts.state) }
        var state = State(version: version, documents: [], removals: [])
        for index in stride(from: 0, to: documents.count - 1, by: 2) {
            guard let id = documents[index].string, let text = documents[index + 1].string else { continue }
            state.documents.append(try RegulationDocument(text, id: id))
        }
        for index in stride(from: 0, to: removals.count - 1, by: 2) {
            guard let id = removals[index].string, let version = removals[index + 1].integer else { continue }
            state.removals.append((id, version))
        }
        state.documents.sort { ExactText($0.id) < ExactText($1.id) }
        state.removals.sort { ExactText($0.id) < ExactText($1.id) }
        return state
    }
}

extension RegulationDocument {
    fileprivate var json: JSONValue {
        var object: JSONObject = [
            "title": .string(title), "language": .string(language), "status": .string(status.rawValue),
            "content_hash": .string(contentHash), "clause_count": .integer(Int64(clauseCount)),
        ]
        if let effectiveFrom { object["effective_from"] = .string(effectiveFrom) }
        if let effectiveUntil { object["effective_until"] = .string(effectiveUntil) }
        if let source { object["source"] = .string(source) }
        return .object(object)
    }

    /// Takes a document as it lies in Redis: its version, a space, and the rest as JSON.
    fileprivate init(_ text: String, id: String) throws(StoreError) {
        guard let space = text.firstIndex(of: " "), let version = Int64(text[..<space]),
            let json = try JSONValue.parse(String(text[text.index(after: space)...])).object,
            let title = json["title"]?.string, let language = json["language"]?.string
        else { throw StoreError(.undecodable, "The regulation \(id) is no version with JSON.") }
        self.init(
            id: id, title: title, language: language,
            status: RegulationStatus(rawValue: json["status"]?.string ?? "current"),
            effectiveFrom: json["effective_from"]?.string, effectiveUntil: json["effective_until"]?.string,
            source: json["source"]?.string, contentHash: json["content_hash"]?.string ?? "",
            clauseCount: Int(json["clause_count"]?.integer ?? 0), version: version)
    }
}

extension Clause {
    fileprivate var json: JSONValue {
        var object: JSONObject = [
            "number": .string(id.number), "heading_path": .array(headingPath.map { .string($0) }),
            "text": .string(text), "language": .string(language), "status": .string(status.rawValue),
            "position": .integer(Int64(position)),
        ]
        if let effectiveFrom { object["effective_from"] = .string(effectiveFrom) }
        if let effectiveUntil { object["effective_until"] = .string(effectiveUntil) }
        return .object(object)
    }

    fileprivate init(_ json: JSONValue, of document: String) throws(StoreError) {
        guard let number = json["number"]?.string, let text = json["text"]?.string,
            let language = json["language"]?.string
        else { throw StoreError(.undecodable, "A clause of \(document) has no number, text or language.") }
        self.init(
            id: ClauseID(document: document, number: number),
            headingPath: (json["heading_path"]?.array ?? []).compactMap(\.string), text: text, language: language,
            status: RegulationStatus(rawValue: json["status"]?.string ?? "current"),
            effectiveFrom: json["effective_from"]?.string, effectiveUntil: json["effective_until"]?.string,
            position: Int(json["position"]?.integer ?? 0))
    }
}
