// Turnledger. SPDX-License-Identifier: Apache-2.0

public import TurnledgerStore

/// A failure of an import or a search of regulations.
public struct RegulationError: Error, CustomStringConvertible {
    /// What went wrong, in terms a caller can act on.
    public struct Code: Hashable, Sendable {
        enum Base: String { case unreadable, nothingFound, missingProgram, invalid, store, index }

        let base: Base

        /// A file cannot be read or is not what its name says: mend or leave out the file.
        public static let unreadable = Code(base: .unreadable)
        /// There is nothing to import: name other paths.
        public static let nothingFound = Code(base: .nothingFound)
        /// A program that is needed is not installed: install the package that the message names.
        public static let missingProgram = Code(base: .missingProgram)
        /// A file says something that cannot be: mend it.
        public static let invalid = Code(base: .invalid)
        /// The store failed; see `storeError`.
        public static let store = Code(base: .store)
        /// The search index cannot be written or read: free space, or name another place for it.
        public static let index = Code(base: .index)
    }

    /// The reason, stable across releases.
    public let code: Code
    /// A sentence that is safe to show.
    public let description: String
    /// What the store said, for operators.
    public let storeError: StoreError?

    public init(_ code: Code, _ description: String, storeError: StoreError? = nil) {
        self.code = code
        self.description = description
        self.storeError = storeError
    }

    /// Says a store's failure in plain words.
    public init(_ error: StoreError) {
        let text =
            switch error.code {
            case .unavailable, .closed: "The store cannot be reached. Nothing was changed."
            case .full: "The store has no room left. Nothing was changed."
            case .invalid, .unsupported: error.detail
            default: "The store failed (\(error.code)). Nothing was changed."
            }
        self.init(.store, text, storeError: error)
    }
}
