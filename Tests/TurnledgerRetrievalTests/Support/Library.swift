// Turnledger. SPDX-License-Identifier: Apache-2.0

import Foundation
import Logging
import TurnledgerRetrieval
import TurnledgerSQLite
import TurnledgerStore

/// A folder of one test's own, removed with the last reference to it.
final class TemporaryFolder: Sendable {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appending(path: "turnledger-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    var path: String { url.path }

    func write(_ text: String, to name: String) throws {
        try Data(text.utf8).write(to: url.appending(path: name))
    }

    func remove(_ name: String) throws { try FileManager.default.removeItem(at: url.appending(path: name)) }

    func store() async throws -> SQLiteStore {
        let store = try SQLiteStore(path: url.appending(path: "store.sqlite").path)
        try await store.setUp()
        return store
    }
}

extension RegulationImport {
    /// A document with clauses of these numbers and texts.
    static func sample(
        _ id: String, _ title: String, language: String = "en", status: RegulationStatus = .current,
        from day: String? = nil, _ clauses: KeyValuePairs<String, String>
    ) -> RegulationImport {
        let document = RegulationDocument(
            id: id, title: title, language: language, status: status, effectiveFrom: day)
        return RegulationImport(
            document,
            clauses: clauses.enumerated().map { position, clause in
                Clause(
                    id: ClauseID(document: id, number: clause.key), headingPath: ["1 General"], text: clause.value,
                    language: language, status: status, effectiveFrom: day, position: position)
            })
    }

    /// A few fictional regulations.
    static let library: [RegulationImport] = [
        .sample(
            "TL-FS 100", "Fire Safety in Halls",
            [
                "5.2.3": "Evacuation doors are at least 900 mm wide.",
                "5.2.4": "No key is needed to leave a hall.",
                "7.1.1": "Every storey keeps two extinguishers.",
            ]),
        .sample(
            "TL-LF 300", "Passenger Lifts",
            ["5.2.3": "The car stops level with the floor.", "6.1.1": "Ropes are inspected every year."]),
        .sample(
            "TL-BR 700", "Battery Rooms", status: .draft, from: "2030-01-01",
            ["1.1.1": "The door of a battery room closes by itself."]),
        .sample(
            "TL-CS 610", "冷库安全管理办法", language: "zh",
            ["第四条": "冷冻间的库温不高于零下19℃。", "第五条": "货物离墙不少于30厘米，疏散门保持畅通。"]),
    ]
}

extension RegulationIndex {
    /// An index in memory that asks the store before every search.
    static func following(_ store: any ClauseStore) throws -> RegulationIndex {
        try RegulationIndex(
            store: store, path: ":memory:", logger: Logger(label: "test"), refreshInterval: .zero)
    }

    /// An index of the sample library, or of other documents.
    static func of(_ documents: [RegulationImport] = RegulationImport.library) async throws -> RegulationIndex {
        let store = InMemoryStore()
        try await store.replace(documents: documents, removing: [], at: Timestamp(microseconds: 1))
        return try following(store)
    }

    func ids(_ query: ClauseQuery) async throws -> [String] { try await search(query).map(\.id.description) }

    func ids(_ text: String) async throws -> [String] { try await ids(ClauseQuery(text)) }
}
