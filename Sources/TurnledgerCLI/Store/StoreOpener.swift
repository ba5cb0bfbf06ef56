// Turnledger. SPDX-License-Identifier: Apache-2.0

import Foundation
import Logging
import TurnledgerEncryption
import TurnledgerSQLite
import TurnledgerStore

/// Turns a place into a store: nothing else in Turnledger knows which backends there are.
enum StoreOpener {
    /// Opens the store that the configuration asks for and makes its tables.
    ///
    /// - Throws: `ConfigurationError` for a place that is no store, `StoreOpeningError` where it cannot be opened.
    static func open(_ values: ConfigurationValues) async throws -> any ConversationStore {
        try await open(try StoreLocation(values))
    }

    /// - Parameters:
    ///   - location: Where it is.
    ///   - observer: Is told of every round trip.
    ///   - logger: Takes what a mirror has to say.
    static func open(
        _ location: StoreLocation, observer: (any StoreObserver)? = nil,
        logger: Logger = .forCommand(level: .warning)
    ) async throws -> any ConversationStore {
        do {
            let store = try make(location, observer: observer, logger: logger)
            try await store.setUp()
            return store
        } catch let error as StoreError {
            throw StoreOpeningError(location: location, error: error)
        }
    }

    /// Makes a store that is not set up yet.
    static func make(
        _ location: StoreLocation, observer: (any StoreObserver)? = nil,
        logger: Logger = .forCommand(level: .warning)
    ) throws -> any ConversationStore {
        switch location {
        case .memory:
            return InMemoryStore()
        case .sqlite(let path):
            return try SQLiteStore(path: path, cipher: AESEAXCipher.ofEnvironment, observer: observer)
        case .postgresql(let settings):
            #if PostgreSQL
                return try settings.makeStore(observer: observer)
            #else
                throw StoreError(.unsupported, "This build has no PostgreSQL for \(settings).")
            #endif
        case .mirror(let mirror):
            return try mirror.makeStore(observer: observer, logger: logger)
        case .redis(let settings):
            #if Redis
                return try settings.makeStore(observer: observer)
            #else
                throw StoreError(.unsupported, "This build has no Redis for \(settings).")
            #endif
        }
    }
}

extension AESEAXCipher {
    /// With LangGraph's key, where the environment has one.
    static var ofEnvironment: AESEAXCipher? {
        get throws(StoreError) { try AESEAXCipher(environment: ProcessInfo.processInfo.environment) }
    }
}

/// A store that cannot be opened, as a sentence for whoever started the command.
struct StoreOpeningError: Error, CustomStringConvertible {
    let location: StoreLocation
    let error: StoreError

    var description: String { "The store \(location) cannot be opened: \(error.detail)" }
}
