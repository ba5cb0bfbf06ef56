// Turnledger. SPDX-License-Identifier: Apache-2.0

internal import Foundation
internal import GRDB
internal import TurnledgerStore

extension SQLiteStore {
    /// How a file is opened.
    public struct Configuration: Hashable, Sendable {
        /// How long a call waits for another process that writes before it throws `.unavailable`.
        public var busyTimeout: Duration
        /// How many calls may read at the same time.
        public var readers: Int
        /// The most pages (of 4096 bytes) that the file may have; beyond it calls throw `.full`. `nil`: no bound.
        public var maximumPages: Int?

        public init(busyTimeout: Duration = .seconds(5), readers: Int = 4, maximumPages: Int? = nil) {
            self.busyTimeout = busyTimeout
            self.readers = readers
            self.maximumPages = maximumPages
        }

        var grdb: GRDB.Configuration {
            var configuration = GRDB.Configuration()
            configuration.busyMode = .timeout(busyTimeout / .seconds(1))
            configuration.maximumReaderCount = max(1, readers)
            configuration.label = "turnledger"
            let maximumPages = maximumPages
            configuration.prepareDatabase { database in
                for function in SQLFunctions.all { database.add(function: function) }
                if let maximumPages {
                    try database.execute(sql: SchemaStatements.maximumPages(maximumPages))
                }
            }
            return configuration
        }
    }
}

/// What SQL lacks: the comparisons that every store makes alike, written once in Swift.
enum SQLFunctions {
    static let all = [contains, titleContains]

    /// `turnledger_contains(document, wanted)`: JSON containment, as `JSONValue.contains(_:)`.
    static let contains = DatabaseFunction("turnledger_contains", argumentCount: 2, pure: true) { values in
        guard let document = String.fromDatabaseValue(values[0]), let wanted = String.fromDatabaseValue(values[1])
        else { return nil }
        return try JSONValue.parse(Array(document.utf8)).contains(try JSONValue.parse(Array(wanted.utf8)))
    }

    /// `turnledger_title_contains(title, text)`: letters compared without case.
    static let titleContains = DatabaseFunction("turnledger_title_contains", argumentCount: 2, pure: true) { values in
        guard let title = String.fromDatabaseValue(values[0]), let text = String.fromDatabaseValue(values[1])
        else { return nil }
        return StoreRules.title(title, contains: text)
    }
}
