// Turnledger. SPDX-License-Identifier: Apache-2.0

import Logging
import TurnledgerAgent
import TurnledgerRetrieval
import TurnledgerServer
import TurnledgerStore

/// What the imported regulations add to an agent: tools, and the clauses behind citations.
struct Regulations: Sendable {
    let tools: [any Tool]
    let lookup: any ClauseLookup
    /// How many clauses there were at start; an import meanwhile is found by the next search.
    let count: Int

    /// Brings the index up to date with the store.
    ///
    /// - Throws: An error whose description is one clear sentence.
    static func open(
        _ store: any ConversationStore, at location: StoreLocation, values: ConfigurationValues, logger: Logger
    ) async throws -> Regulations {
        let library = try await RegulationLibrary(store: store, location: location, values: values)
        let index = try library.index(logger: logger)
        let count = try await count(in: index, of: library, in: store, logger: logger)
        return Regulations(
            tools: [SearchRegulationsTool(index: index), GetClauseTool(index: index)],
            lookup: IndexedClauses(index: index), count: count)
    }

    /// Has the index follow the store, and counts its clauses.
    private static func count(
        in index: RegulationIndex, of library: RegulationLibrary, in store: any ConversationStore, logger: Logger
    ) async throws -> Int {
        func isAway() -> Bool { (store as? any DegradableStore)?.condition.state == .degraded }
        if !isAway() {
            do {
                try await index.refresh()
                let documents = try await readable { try await library.store.documents() }
                let count = documents.reduce(0) { $0 + $1.clauseCount }
                logger.info(
                    "Regulations are ready", metadata: ["documents": "\(documents.count)", "clauses": "\(count)"])
                return count
            } catch {
                // It may go away at any moment of a start.
                guard isAway() else { throw error }
            }
        }
        // What the index has from earlier: it follows once the database is there.
        let count = await index.clauseCount()
        logger.warning("Regulations are as the index has them", metadata: ["clauses": "\(count)"])
        return count
    }
}

/// Clauses by citation, from the store behind an index.
///
/// JSON: `{"id", "document", "title", "number", "heading", "text", "language", "status", "effectiveFrom"?,
/// "effectiveUntil"?}`; `heading` is an array, the outermost first.
struct IndexedClauses: ClauseLookup {
    let index: RegulationIndex

    func clause(_ id: String) async throws -> JSONValue? {
        guard let id = ClauseID(id), let clause = try await found(id) else { return nil }
        let title = try? await index.title(of: id.document)
        var json: JSONObject = [
            "id": .string(id.description), "document": .string(id.document), "title": .string(title ?? id.document),
            "number": .string(id.number), "heading": .array(clause.headingPath.map(JSONValue.string)),
            "text": .string(clause.text), "language": .string(clause.language),
            "status": .string(clause.status.rawValue),
        ]
        if let day = clause.effectiveFrom { json["effectiveFrom"] = .string(day) }
        if let day = clause.effectiveUntil { json["effectiveUntil"] = .string(day) }
        return .object(json)
    }

    /// The clause, with failures in the store's terms.
    private func found(_ id: ClauseID) async throws(StoreError) -> Clause? {
        do throws(RegulationError) {
            return try await index.clause(id)
        } catch {
            throw error.storeError ?? StoreError(.unavailable, error.description)
        }
    }
}
