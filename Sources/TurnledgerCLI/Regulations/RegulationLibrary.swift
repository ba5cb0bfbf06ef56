// Turnledger. SPDX-License-Identifier: Apache-2.0

import Foundation
import Logging
import TurnledgerRetrieval
import TurnledgerStore

/// The regulations of a store, with the search index that belongs to it.
struct RegulationLibrary {
    let store: any ClauseStore
    let location: StoreLocation
    private let indexPath: String

    /// Opens the store that the flags and the configuration name.
    init(_ options: StoreOptions) async throws {
        let values = try options.values()
        let location = try StoreLocation(values)
        try await self.init(store: try await StoreOpener.open(location), location: location, values: values)
    }

    /// Takes a store that is open.
    /// - Throws: `ConfigurationError` for a store that keeps no regulations.
    init(store: any ConversationStore, location: StoreLocation, values: ConfigurationValues) async throws {
        guard let store = store as? any ClauseStore else {
            throw ConfigurationError("The store \(location) keeps no regulations.")
        }
        self.store = store
        self.location = location
        indexPath = try values.text("regulations.index") ?? Self.indexPath(beside: location)
    }

    func index(logger: Logger) throws -> RegulationIndex {
        try RegulationIndex(store: store, path: indexPath, logger: logger)
    }

    /// Beside an SQLite file, in memory for a store in memory; for a database in the working folder, one for each.
    private static func indexPath(beside location: StoreLocation) -> String {
        switch location {
        case .memory: ":memory:"
        case .sqlite(let path): path + "-search"
        case .postgresql(let settings): "data/\(settings.fileName)-search"
        case .redis(let settings): "data/\(settings.fileName)-search"
        case .mirror(let mirror): indexPath(beside: mirror.first)
        }
    }
}
